#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace rs::describe::detail {

struct Anything {
  template <class T>
  operator T() const;
};

template <class T, std::size_t... I>
constexpr bool can_brace_init(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), Anything{})...}; };
}
template <class T, std::size_t N>
constexpr bool has_at_least() {
  return can_brace_init<T>(std::make_index_sequence<N>{});
}

// How many members an aggregate has.
template <class T, std::size_t N = 0>
constexpr std::size_t member_count() {
  if constexpr (has_at_least<T, N + 1>()) return member_count<T, N + 1>();
  else return N;
}

} // namespace rs::describe::detail

#define RS_COUNT_(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, _17, _18, _19, _20, _21, _22, _23, _24, N, ...) N
#define RS_COUNT(...) RS_COUNT_(__VA_ARGS__, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)

// RS_DESCRIBE(Type, member, …) stands once, right behind the struct, and names every member: from it come
// JSON, YAML, tables and schemas. A member that is missing here does not compile. A trailing `_` is dropped
// from the name in documents (`register_`).
#define RS_DESCRIBE(Type, ...)                                                                \
  BOOST_DESCRIBE_STRUCT(Type, (), (__VA_ARGS__))                                              \
  static_assert(::rs::describe::detail::member_count<Type>() == RS_COUNT(__VA_ARGS__),        \
                #Type ": RS_DESCRIBE must name each member once");

// For an enum class; `_` in a value's name becomes `-` in documents.
#define RS_DESCRIBE_ENUM(Type, ...) BOOST_DESCRIBE_ENUM(Type, __VA_ARGS__)
