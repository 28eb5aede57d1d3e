#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rs::describe {

// Appends `text` as a JSON string, which is a double-quoted scalar of YAML too: what is no UTF-8 becomes U+FFFD;
// controls, and the characters that YAML does not count as printable or takes for line ends, are escaped.
void append_quoted(std::string& out, std::string_view text);

// "line 3, column 14" (both from 1, columns in bytes) of the byte at `offset`, for messages.
std::string place_in(std::string_view text, std::size_t offset);

} // namespace rs::describe
