#pragma once

#include "cli/verbs.hpp"

#include <string>

namespace rs::cli {

// Everything that `--help` prints, from the tables.
std::string help_overview();
std::string help_on(const Verb& verb);
std::string help_on_group(std::span<const Verb* const> verbs);
std::string usage_line(const Verb& verb); // "rsctl exec A [options] -- CMD…"

} // namespace rs::cli
