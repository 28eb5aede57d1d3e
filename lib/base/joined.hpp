#pragma once

#include <string>
#include <string_view>

namespace rs {

// The texts of a range one behind the other, `between` two of them.
template <class Range>
std::string joined(const Range& texts, std::string_view between = ", ") {
  std::string out;
  bool first = true;
  for (const auto& text : texts) {
    if (!first) out += between;
    first = false;
    out += text;
  }
  return out;
}

} // namespace rs
