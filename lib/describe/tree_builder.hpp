#pragma once

#include "describe/node.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rs::describe {

// What the parsers of both notations feed: it holds the rules that they share (depth, duplicate keys) and grows one
// tree. After the first broken rule error() is set and further events are ignored; each event says if it was taken.
class TreeBuilder {
 public:
  bool value(Node node);
  bool begin_array() { return begin(Node(Node::Array{})); }
  bool begin_object() { return begin(Node(Node::Object{})); }
  bool key(std::string name);
  bool end();
  bool fail_with(std::string why);

  bool expects_key() const; // the next event must be a key or the object's end
  const std::optional<std::string>& error() const { return error_; }
  Node take_root() { return std::move(root_); }

 private:
  struct Open {
    Node node;
    std::optional<std::string> key; // an object's, that waits for its value
  };
  bool begin(Node container);

  std::vector<Open> open_;
  Node root_;
  std::optional<std::string> error_;
};

} // namespace rs::describe
