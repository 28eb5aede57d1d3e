#pragma once

#include "cli/verbs.hpp"

namespace rs::cli {

// Parses what find_verb() left, by the options of the chosen verb and the global ones alone. `usage` otherwise.
Result<Arguments> parse_options(const Found& found);

} // namespace rs::cli
