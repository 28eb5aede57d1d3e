#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "describe/node.hpp"

#include <string>
#include <string_view>
#include <utility>

// Documents of described structs. Templates are declared here and defined in codec_impl.hpp, which one .cpp
// beside the structs includes to instantiate them with RS_CODEC(Type), at global scope or in namespace rs; users
// include this header only. What an instantiated type is made of needs no RS_CODEC of its own in that .cpp.
//
// How types stand in a document: bool; integers (a value that does not fit is `invalid`); double; std::string;
// OsString (string, or {"base64":…} where it is no UTF-8); Bytes and std::array<uint8_t, N> (base64url without
// padding); WallTime (RFC 3339); Millis (a duration string "30s"); Id<P> (its text; "" is `invalid` unless
// optional); described enums (name, `_` as `-`); described structs (object); std::vector (array);
// std::map<std::string, T> (object); std::optional (absent where empty; null reads as empty); Errc (its name);
// Node (as it is).
//
// Every member is required, but those of type std::optional or Defaulted.
namespace rs::describe {

// A member that may be absent in a document, and then keeps the default that its struct gives it. Always written.
template <class T>
struct Defaulted {
  T value{};
  Defaulted() = default;
  Defaulted(T v) : value(std::move(v)) {}
  operator const T&() const { return value; }
  const T& operator*() const { return value; }
  const T* operator->() const { return &value; }
  friend bool operator==(const Defaulted&, const Defaulted&) = default;
};

enum class Unknown {
  refuse, // API bodies, config, playbooks: an unknown field is `invalid` and named
  ignore, // links and seals: a newer peer may say more
};

template <class T>
Node to_node(const T& value);
// On failure `invalid`; the message begins with the path: "rules[2].hours: expected a string, got a number". It repeats
// names of fields, never values.
template <class T>
Result<T> from_node(const Node& node, Unknown unknown);

// JSON Schema (2020-12) of a described type, nested types inline; so not for a type that contains itself.
template <class T>
Node schema();

template <class T>
std::string to_json(const T& value) {
  return write_json(to_node(value));
}
template <class T>
Result<T> from_json(std::string_view text, Unknown unknown) {
  RS_TRY(const Node node, parse_json(text));
  return from_node<T>(node, unknown);
}
template <class T>
std::string to_yaml(const T& value) {
  return write_yaml(to_node(value));
}
// A text without a document (empty, or only comments) is an object without members.
template <class T>
Result<T> from_yaml(std::string_view text) {
  RS_TRY(Node node, parse_yaml(text));
  if (node.is_null()) node = Node::Object{};
  return from_node<T>(node, Unknown::refuse);
}

} // namespace rs::describe
