#pragma once

#include "describe/node.hpp"

#include <string>

namespace rs::cli {

// A report of "diag.read" for eyes: a titled block a section, its lists as tables. Sizes, durations and percentages are
// written with their units; what another program reads is the other formats.
std::string diag_text(const describe::Node& report);

} // namespace rs::cli
