#pragma once

#include "describe/node.hpp"

#include <string_view>

namespace rs::describe {

// What an unquoted YAML scalar means by the core schema (YAML 1.2.2 §10.3.2): null, boolean, number or string.
Node resolve_plain(std::string_view text);

// Whether a string can be written unquoted and is a string for YAML 1.1 readers too (where `yes`, `12:30` and dates
// are not). Cautious: false for much that could be.
bool may_stand_plain(std::string_view text);

} // namespace rs::describe
