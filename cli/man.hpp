#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace rs::cli {

// rsctl(1), in mdoc: `text` with the lists from the tables in the places of the lines
//   .\" @commands  .\" @options  .\" @environment  .\" @exit-status  .\" @target-examples
// Behind `.\" @note WORDS` stands, up to the next such line or the end, what the manual says of a command beyond its row.
// `invalid`: a place that is not known, or a note on no command.
Result<std::string> man_page(std::string_view text);

} // namespace rs::cli
