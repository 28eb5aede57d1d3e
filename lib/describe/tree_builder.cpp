#include "describe/tree_builder.hpp"

#include "base/os_string.hpp"

#include <algorithm>

namespace rs::describe {
namespace {

constexpr std::size_t kShownKeyBytes = 64;

// Sorted, because an object of many keys must not cost their square.
std::optional<std::string_view> duplicate_key(const Node::Object& object) {
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (const auto& [key, value] : object) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  const auto at = std::adjacent_find(keys.begin(), keys.end());
  if (at == keys.end()) return std::nullopt;
  return *at;
}

} // namespace

bool TreeBuilder::fail_with(std::string why) {
  if (!error_) error_ = std::move(why);
  return false;
}

bool TreeBuilder::expects_key() const {
  return !open_.empty() && open_.back().node.kind() == Node::Kind::object && !open_.back().key;
}

bool TreeBuilder::begin(Node container) {
  if (error_) return false;
  if (open_.size() >= kMaxDepth) return fail_with("nested deeper than " + std::to_string(kMaxDepth));
  open_.push_back({std::move(container), std::nullopt});
  return true;
}

bool TreeBuilder::key(std::string name) {
  if (error_) return false;
  if (!expects_key()) return fail_with("a key where none may stand");
  open_.back().key = std::move(name);
  return true;
}

bool TreeBuilder::value(Node node) {
  if (error_) return false;
  if (open_.empty()) {
    root_ = std::move(node);
    return true;
  }
  auto& [container, key] = open_.back();
  if (auto* array = container.get_if<Node::Array>()) {
    array->push_back(std::move(node));
    return true;
  }
  if (!key) return fail_with("a value without a key");
  container.get_if<Node::Object>()->emplace_back(std::move(*key), std::move(node));
  key.reset();
  return true;
}

bool TreeBuilder::end() {
  if (error_) return false;
  if (open_.empty()) return fail_with("an end without a beginning");
  Node done = std::move(open_.back().node);
  open_.pop_back();
  if (const auto* object = done.get_if<Node::Object>()) {
    if (const auto twice = duplicate_key(*object)) {
      return fail_with("'" + escape_for_display(twice->substr(0, kShownKeyBytes)) + "' stands twice");
    }
  }
  return value(std::move(done));
}

} // namespace rs::describe
