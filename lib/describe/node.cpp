#include "describe/node.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <array>

namespace rs::describe {

const Node* Node::find(std::string_view key) const {
  const auto* object = get_if<Object>();
  if (object == nullptr) return nullptr;
  const auto at = std::find_if(object->begin(), object->end(), [&](const Member& member) { return member.first == key; });
  return at == object->end() ? nullptr : &at->second;
}

void Node::set(std::string key, Node value) {
  if (is_null()) value_ = Object{};
  auto* object = get_if<Object>();
  RS_ASSERT(object != nullptr);
  const auto at = std::find_if(object->begin(), object->end(), [&](const Member& member) { return member.first == key; });
  if (at == object->end()) object->emplace_back(std::move(key), std::move(value));
  else at->second = std::move(value);
}

std::string_view kind_name(Node::Kind kind) {
  constexpr std::array<std::string_view, 8> kNames = {"null",   "boolean", "integer", "integer",
                                                      "number", "string",  "array",   "object"};
  return kNames[static_cast<std::size_t>(kind)];
}

} // namespace rs::describe
