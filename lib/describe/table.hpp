#pragma once

#include "base/result.hpp"
#include "describe/node.hpp"

#include <string>
#include <vector>

namespace rs::describe {

// What --fields leaves of an object, or of each object of an array, in the order of `fields`; no fields: all. A field
// that is neither in `known` nor in any item is `usage`: the message names it and those that exist. An item without it
// simply lacks it; an empty array without `known` has nothing to check against.
Result<Node> pick(const Node& node, const std::vector<std::string>& fields, const std::vector<std::string>& known = {});
Result<void> check_fields(const std::vector<std::string>& fields, const std::vector<std::string>& known); // as pick()

// A document for eyes; every line ends with a newline, and nothing in it can steer a terminal.
// An array of objects: a line of headings and a line an item. The columns are `fields` or, where that is empty, the
// keys of the items in the order of their first appearance; "-" stands for what an item lacks. An object: a line a
// member, name and value. Objects in a cell are k=v joined by commas. Anything else: a line a value.
std::string to_table(const Node& node, const std::vector<std::string>& fields = {});

} // namespace rs::describe
