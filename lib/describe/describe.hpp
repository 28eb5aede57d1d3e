#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
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

// How a C++ name is spelled in documents: without a trailing `_`; with `-` for `_` where it is an enum's value.
constexpr std::string_view without_trailing_underscore(std::string_view name) {
  if (name.ends_with('_')) name.remove_suffix(1);
  return name;
}
template <class Enumerator>
struct EnumeratorSpelling {
  static constexpr std::string_view kSource = without_trailing_underscore(Enumerator::name);
  static constexpr auto kText = [] {
    std::array<char, kSource.size()> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = kSource[i] == '_' ? '-' : kSource[i];
    return out;
  }();
};

template <class E>
struct EnumRow {
  E value;
  std::string_view name;
};
template <class E, template <class...> class List, class... Enumerator>
constexpr auto enum_rows(List<Enumerator...>) {
  return std::array<EnumRow<E>, sizeof...(Enumerator)>{
      {{Enumerator::value, {EnumeratorSpelling<Enumerator>::kText.data(), EnumeratorSpelling<Enumerator>::kText.size()}}...}};
}

} // namespace rs::describe::detail

namespace rs::describe {

// Every value of a described enum with its name in documents, in the order of its description.
template <class E>
inline constexpr auto kEnumRows = detail::enum_rows<E>(boost::describe::describe_enumerators<E>{});

// A described enum's value as documents spell it; "" for a value outside the description.
template <class E>
constexpr std::string_view enum_name(E value) {
  for (const auto& row : kEnumRows<E>) {
    if (row.value == value) return row.name;
  }
  return {};
}
template <class E>
constexpr std::optional<E> enum_from_name(std::string_view name) {
  for (const auto& row : kEnumRows<E>) {
    if (row.name == name) return row.value;
  }
  return std::nullopt;
}

} // namespace rs::describe

#define RS_COUNT_(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, _17, _18, _19, _20, _21, _22, _23, _24, \
                  N, ...)                                                                                                        \
  N
#define RS_COUNT(...) \
  RS_COUNT_(__VA_ARGS__, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)

// RS_DESCRIBE(Type, member, …) stands once, right behind the struct, and names every member: from it come
// JSON, YAML, tables and schemas. A member that is missing here does not compile. A trailing `_` is dropped
// from the name in documents (`register_`).
#define RS_DESCRIBE(Type, ...)                                                         \
  BOOST_DESCRIBE_STRUCT(Type, (), (__VA_ARGS__))                                       \
  static_assert(::rs::describe::detail::member_count<Type>() == RS_COUNT(__VA_ARGS__), \
                #Type ": RS_DESCRIBE must name each member once");

// For an enum class; `_` in a value's name becomes `-` in documents.
#define RS_DESCRIBE_ENUM(Type, ...) BOOST_DESCRIBE_ENUM(Type, __VA_ARGS__)
