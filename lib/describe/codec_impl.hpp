#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/os_string.hpp"
#include "describe/codec.hpp"
#include "describe/describe.hpp"

#include <boost/describe/members.hpp>

#include <array>
#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

// The definitions behind codec.hpp. Included by the one .cpp beside the structs only.
namespace rs::describe::detail {

// How one type stands in a document:
//   static Node encode(const T&);
//   static Result<void> decode(const Node&, Unknown, T&);   on failure the target is unspecified
//   static Node schema();
// An error's message is PATH ": " WHAT, with an empty path at the place itself; each level puts its step in front.
template <class T>
struct Codec;

Error expected(std::string_view what, const Node& got);
Error in_field(std::string_view name, Error error);
Error in_item(std::size_t index, Error error);
Error missing_field(std::string_view name);
Error finished(Error error); // the outermost level: an empty path goes
Result<std::int64_t> read_signed(const Node& node, std::int64_t least, std::int64_t most);
Result<std::uint64_t> read_unsigned(const Node& node, std::uint64_t most);
Result<std::string_view> read_string(const Node& node, std::string_view what);
Result<Bytes> read_bytes(const Node& node);
Result<std::size_t> read_name(const Node& node, std::span<const std::string_view> names); // its index
Result<void> refuse_unknown(const Node& node, std::span<const std::string_view> known);
Node schema_of(std::string_view type);
Node schema_of(std::string_view type, std::string_view keyword, Node value);
Node nullable_schema(Node schema);
Node object_schema(Node::Object properties, Node::Array required);

#define RS_PLAIN_CODEC_(Type)                                    \
  template <>                                                    \
  struct Codec<Type> {                                           \
    static Node encode(const Type& value);                       \
    static Result<void> decode(const Node&, Unknown, Type& out); \
    static Node schema();                                        \
  };
RS_PLAIN_CODEC_(bool)
RS_PLAIN_CODEC_(double)
RS_PLAIN_CODEC_(std::string)
RS_PLAIN_CODEC_(OsString)
RS_PLAIN_CODEC_(Bytes)
RS_PLAIN_CODEC_(WallTime)
RS_PLAIN_CODEC_(Millis)
RS_PLAIN_CODEC_(Errc)
RS_PLAIN_CODEC_(Node)
#undef RS_PLAIN_CODEC_

template <class T>
  requires(std::integral<T> && !std::same_as<T, bool>)
struct Codec<T> {
  using Limits = std::numeric_limits<T>;
  static Node encode(const T& value) { return value; }
  static Result<void> decode(const Node& node, Unknown, T& out) {
    if constexpr (std::signed_integral<T>) {
      RS_TRY(out, read_signed(node, Limits::min(), Limits::max()));
    } else {
      RS_TRY(out, read_unsigned(node, Limits::max()));
    }
    return {};
  }
  static Node schema() { return std::unsigned_integral<T> ? schema_of("integer", "minimum", 0) : schema_of("integer"); }
};

template <std::size_t N>
struct Codec<std::array<std::uint8_t, N>> {
  static Node encode(const std::array<std::uint8_t, N>& value) { return base64url(value); }
  static Result<void> decode(const Node& node, Unknown, std::array<std::uint8_t, N>& out) {
    RS_TRY(const Bytes bytes, read_bytes(node));
    if (bytes.size() != N) {
      return fail(Errc::invalid, ": expected " + std::to_string(N) + " bytes, got " + std::to_string(bytes.size()));
    }
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return {};
  }
  static Node schema() { return schema_of("string", "contentEncoding", "base64url"); }
};

template <char Prefix>
struct Codec<Id<Prefix>> {
  static Node encode(const Id<Prefix>& value) { return value.text(); }
  static Result<void> decode(const Node& node, Unknown, Id<Prefix>& out) {
    constexpr char kForm[] = {'a', 'n', ' ', 'i', 'd', ' ', Prefix, '-', '\xe2', '\x80', '\xa6', '\0'};
    RS_TRY(const auto text, read_string(node, kForm));
    auto id = Id<Prefix>::parse(text);
    if (!id) return fail(Errc::invalid, std::string(": expected ") + kForm);
    out = std::move(*id);
    return {};
  }
  static Node schema() { return schema_of("string", "pattern", std::string("^") + Prefix + "-[a-z2-7]{20}$"); }
};

template <class E>
  requires(std::is_enum_v<E> && boost::describe::has_describe_enumerators<E>::value)
struct Codec<E> {
  static constexpr auto kNames = [] {
    std::array<std::string_view, kEnumRows<E>.size()> names;
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = kEnumRows<E>[i].name;
    return names;
  }();
  static Node encode(const E& value) { return enum_name(value); }
  static Result<void> decode(const Node& node, Unknown, E& out) {
    RS_TRY(const std::size_t index, read_name(node, kNames));
    out = kEnumRows<E>[index].value;
    return {};
  }
  static Node schema() { return schema_of("string", "enum", Node::Array(kNames.begin(), kNames.end())); }
};

template <class T>
  requires(!std::same_as<T, std::uint8_t>)
struct Codec<std::vector<T>> {
  static Node encode(const std::vector<T>& value) {
    Node::Array out;
    out.reserve(value.size());
    for (const auto& item : value) out.push_back(Codec<T>::encode(item));
    return out;
  }
  static Result<void> decode(const Node& node, Unknown unknown, std::vector<T>& out) {
    const auto* array = node.get_if<Node::Array>();
    if (array == nullptr) return expected("an array", node);
    out.clear();
    out.reserve(array->size());
    for (const auto& item : *array) {
      T value{};
      auto done = Codec<T>::decode(item, unknown, value);
      if (!done) return in_item(out.size(), std::move(done).error());
      out.push_back(std::move(value));
    }
    return {};
  }
  static Node schema() { return schema_of("array", "items", Codec<T>::schema()); }
};

template <class T>
struct Codec<std::map<std::string, T>> {
  static Node encode(const std::map<std::string, T>& value) {
    Node::Object out;
    for (const auto& [key, item] : value) out.emplace_back(key, Codec<T>::encode(item));
    return out;
  }
  static Result<void> decode(const Node& node, Unknown unknown, std::map<std::string, T>& out) {
    const auto* object = node.get_if<Node::Object>();
    if (object == nullptr) return expected("an object", node);
    out.clear();
    for (const auto& [key, item] : *object) {
      auto done = Codec<T>::decode(item, unknown, out[key]);
      if (!done) return in_field(key, std::move(done).error());
    }
    return {};
  }
  static Node schema() { return schema_of("object", "additionalProperties", Codec<T>::schema()); }
};

template <class T>
inline constexpr bool kIsId = false;
template <char Prefix>
inline constexpr bool kIsId<Id<Prefix>> = true;

template <class T>
struct Codec<std::optional<T>> {
  static Node encode(const std::optional<T>& value) { return value ? Codec<T>::encode(*value) : Node(); }
  static Result<void> decode(const Node& node, Unknown unknown, std::optional<T>& out) {
    out.reset();
    if (node.is_null()) return {};
    if constexpr (kIsId<T>) {
      if (node == Node("")) return {};
    }
    return Codec<T>::decode(node, unknown, out.emplace());
  }
  static Node schema() { return nullable_schema(Codec<T>::schema()); }
};

template <class T>
struct Codec<Defaulted<T>> {
  static Node encode(const Defaulted<T>& value) { return Codec<T>::encode(value.value); }
  static Result<void> decode(const Node& node, Unknown unknown, Defaulted<T>& out) {
    return Codec<T>::decode(node, unknown, out.value);
  }
  static Node schema() { return Codec<T>::schema(); }
};

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kMayBeAbsent = kIsOptional<T>;
template <class T>
inline constexpr bool kMayBeAbsent<Defaulted<T>> = true;

template <class T, class Descriptor>
using MemberType = std::remove_cvref_t<decltype(std::declval<T&>().*Descriptor::pointer)>;

// The members of T, from the type list that describes them.
template <class T, class List>
struct Members;
template <class T, template <class...> class List, class... D>
struct Members<T, List<D...>> {
  static constexpr std::array<std::string_view, sizeof...(D)> kNames = {without_trailing_underscore(D::name)...};

  static Node encode(const T& value) {
    Node::Object out;
    out.reserve(sizeof...(D));
    (encode_member<D>(value, out), ...);
    return out;
  }
  static Result<void> decode(const Node& node, Unknown unknown, T& out) {
    if (node.get_if<Node::Object>() == nullptr) return expected("an object", node);
    Result<void> result;
    static_cast<void>(((result = decode_member<D>(node, unknown, out)).has_value() && ...));
    if (result && unknown == Unknown::refuse) return refuse_unknown(node, kNames);
    return result;
  }
  static Node schema() {
    Node::Object properties;
    Node::Array required;
    (add_property<D>(properties, required), ...);
    return object_schema(std::move(properties), std::move(required));
  }

 private:
  template <class Descriptor>
  static constexpr std::string_view kName = without_trailing_underscore(Descriptor::name);

  template <class Descriptor>
  static void encode_member(const T& value, Node::Object& out) {
    using M = MemberType<T, Descriptor>;
    const M& member = value.*Descriptor::pointer;
    if constexpr (kIsOptional<M>) {
      if (!member) return;
    }
    out.emplace_back(kName<Descriptor>, Codec<M>::encode(member));
  }
  template <class Descriptor>
  static Result<void> decode_member(const Node& node, Unknown unknown, T& out) {
    using M = MemberType<T, Descriptor>;
    const Node* found = node.find(kName<Descriptor>);
    if (found == nullptr) {
      if constexpr (kMayBeAbsent<M>) return {};
      return missing_field(kName<Descriptor>);
    }
    auto done = Codec<M>::decode(*found, unknown, out.*Descriptor::pointer);
    if (!done) return in_field(kName<Descriptor>, std::move(done).error());
    return {};
  }
  template <class Descriptor>
  static void add_property(Node::Object& properties, Node::Array& required) {
    using M = MemberType<T, Descriptor>;
    properties.emplace_back(kName<Descriptor>, Codec<M>::schema());
    if constexpr (!kMayBeAbsent<M>) required.push_back(kName<Descriptor>);
  }
};

template <class T>
  requires(std::is_class_v<T> && boost::describe::has_describe_members<T>::value)
struct Codec<T> : Members<T, boost::describe::describe_members<T, boost::describe::mod_public>> {};

} // namespace rs::describe::detail

namespace rs::describe {

template <class T>
Node to_node(const T& value) {
  return detail::Codec<T>::encode(value);
}

template <class T>
Result<T> from_node(const Node& node, Unknown unknown) {
  T value{};
  auto done = detail::Codec<T>::decode(node, unknown, value);
  if (!done) return detail::finished(std::move(done).error());
  return value;
}

template <class T>
Node schema() {
  return detail::Codec<T>::schema();
}

} // namespace rs::describe

// RS_CODEC(Type) makes the codec of a type for every unit that includes codec.hpp.
#define RS_CODEC(...)                                                                                        \
  template auto ::rs::describe::to_node<__VA_ARGS__>(const __VA_ARGS__&)->::rs::describe::Node;              \
  template auto ::rs::describe::from_node<__VA_ARGS__>(const ::rs::describe::Node&, ::rs::describe::Unknown) \
      ->::rs::Result<__VA_ARGS__>;                                                                           \
  template auto ::rs::describe::schema<__VA_ARGS__>()->::rs::describe::Node;
