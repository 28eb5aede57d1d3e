#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rs::fleet {

inline constexpr std::size_t kMaxTargets = 100'000; // names of one expansion

// "a,rack[1-3]n[01-10,15]" → a rack1n01 … rack3n15, in that order. Commas outside of brackets part the items; inside
// they part ranges. A range keeps the width of its first number. `invalid`: names the column, or kMaxTargets.
Result<std::vector<std::string>> expand_host_list(std::string_view text);

// The items of a file of targets: parted by blanks, line ends or commas; a '#' begins a comment, to the line's end.
// `invalid`: names the line.
Result<std::vector<std::string>> expand_host_file(std::string_view text);

} // namespace rs::fleet
