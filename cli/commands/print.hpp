#pragma once

#include "cli/context.hpp"
#include "describe/codec.hpp"

namespace rs::cli {

// One described result on stdout; exit code 0.
template <class T>
Result<int> print_item(Context& context, std::string_view schema, const T& item) {
  RS_CHECK(context.output.item(schema, describe::to_node(item)));
  return 0;
}

template <class T>
std::vector<describe::Node> to_nodes(const std::vector<T>& items) {
  std::vector<describe::Node> nodes;
  for (const auto& item : items) nodes.push_back(describe::to_node(item));
  return nodes;
}

} // namespace rs::cli
