#pragma once

#include "base/result.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace rs::describe {

// A document as a tree: what JSON and YAML are read into and written from, and the type of a struct's
// member that carries any document (params, result, data). Objects keep the order of their keys.
class Node {
 public:
  using Array = std::vector<Node>;
  using Member = std::pair<std::string, Node>;
  using Object = std::vector<Member>;
  enum class Kind { null, boolean, integer, unsigned_integer, real, string, array, object };

  Node() = default;
  template <std::same_as<bool> T>
  Node(T value) : value_(value) {}
  // An integer is unsigned_integer only where it is too large for the signed one, so equal values are equal Nodes.
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Node(T value) {
    if (std::in_range<std::int64_t>(value)) value_ = static_cast<std::int64_t>(value);
    else value_ = static_cast<std::uint64_t>(value);
  }
  Node(double value) : value_(value) {}
  Node(std::string value) : value_(std::move(value)) {}
  Node(std::string_view value) : value_(std::string(value)) {}
  Node(const char* value) : value_(std::string(value)) {}
  Node(Array value) : value_(std::move(value)) {}
  Node(Object value) : value_(std::move(value)) {}

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is_null() const { return kind() == Kind::null; }
  template <class T>
  const T* get_if() const {
    return std::get_if<T>(&value_);
  }
  template <class T>
  T* get_if() {
    return std::get_if<T>(&value_);
  }

  // A member of an object; null where this is no object or has no such key.
  const Node* find(std::string_view key) const;
  // Replaces or appends; turns a null into an object first. This must be one of the two.
  void set(std::string key, Node value);

  friend bool operator==(const Node&, const Node&) = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> value_;
};

std::string_view kind_name(Node::Kind kind); // "object", "string", … for messages

inline constexpr int kMaxDepth = 64; // nesting of a document; deeper is `invalid`

// Text to tree and back. Duplicate keys, trailing text, invalid UTF-8 and too deep nesting are `invalid`; messages
// give the place and never repeat the text, which may be secret. Writers take any Node: bytes that are no UTF-8 become
// U+FFFD, and JSON's missing numbers (infinity, not-a-number) become null.
Result<Node> parse_json(std::string_view text);
std::string write_json(const Node& node);          // one line, no spaces
std::string write_json_indented(const Node& node); // two spaces a level, ends without a newline
Result<Node> parse_yaml(
    std::string_view text); // one document; anchors and tags are `invalid`; plain scalars by the core schema (YAML 1.2.2 §10.3)
std::string write_yaml(const Node& node); // ends with a newline

} // namespace rs::describe
