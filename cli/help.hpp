#pragma once

#include "cli/verbs.hpp"

#include <string>

namespace rs::cli {

// Everything that `--help` prints, from the tables.
std::string help_overview();
std::string help_on(const Verb& verb);
std::string help_on_group(std::span<const Verb* const> verbs);

// A command line's targets, and what they mean.
struct TargetExample {
  std::string_view targets;
  std::string_view meaning;
};
std::span<const TargetExample> target_examples();
std::string help_on_targets();

// A line of the table that scripts rely on: an exit code and the names that lead to it.
struct ExitCodeRow {
  int exit_code;
  std::string codes; // with spaces between them
  std::string meaning;
};
std::vector<ExitCodeRow> exit_code_rows();

std::string usage_line(const Verb& verb); // "rsctl exec A [options] -- CMD…"

} // namespace rs::cli
