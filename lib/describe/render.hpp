#pragma once

#include "base/result.hpp"
#include "describe/node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rs::describe {

enum class Format { table, json, ndjson, yaml, name };

// `usage` where there is no such format; the message lists them.
Result<Format> format_from_name(std::string_view name);

struct View {
  Format format = Format::table;
  std::vector<std::string> fields;     // --fields; empty: all
  std::vector<std::string> known = {}; // fields that an item may have, beside those that it has
};

// The text of one result or of a list, as all three programs print it; ends with a newline unless it is empty. `schema`
// is the whole name ("rsctl.agents.v1"). It stands first in each object of JSON and YAML; a list is
// {"schema":…,"items":[…]}, in ndjson an item a line. `name` is a line an item: its `name`, or else its `id`, or else
// its first field. `usage`: as pick().
Result<std::string> render_item(const View& view, std::string_view schema, const Node& item);
Result<std::string> render_list(const View& view, std::string_view schema, const std::vector<Node>& items);

} // namespace rs::describe
