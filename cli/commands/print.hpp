#pragma once

#include "cli/context.hpp"
#include "describe/codec.hpp"

namespace rs::cli {

// The names of a described struct's members, as documents spell them.
template <class T>
std::vector<std::string> field_names() {
  std::vector<std::string> names;
  const auto schema = describe::schema<T>();
  const auto* properties = schema.find("properties");
  if (properties == nullptr) return names;
  for (const auto& [name, type] : *properties->template get_if<describe::Node::Object>()) names.push_back(name);
  return names;
}

// One described result on stdout; exit code 0.
template <class T>
Result<int> print_item(Context& context, std::string_view schema, const T& item) {
  RS_CHECK(context.output.item(schema, describe::to_node(item), field_names<T>()));
  return 0;
}

// A list of them.
template <class T>
Result<int> print_list(Context& context, std::string_view schema, const std::vector<T>& items) {
  std::vector<describe::Node> nodes;
  for (const auto& item : items) nodes.push_back(describe::to_node(item));
  RS_CHECK(context.output.list(schema, nodes, field_names<T>()));
  return 0;
}

} // namespace rs::cli
