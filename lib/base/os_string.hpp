#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>

namespace rs {

// Bytes that the operating system calls a string (argv, paths, environment, captured output). In JSON a
// string where it is valid UTF-8, else {"base64": …}; so nothing is lost on the way.
struct OsString {
  std::string bytes;

  OsString() = default;
  OsString(std::string b) : bytes(std::move(b)) {}
  OsString(const char* text) : bytes(text) {}
  friend auto operator<=>(const OsString&, const OsString&) = default;
};

// Strict: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// For terminals and logs: control characters, bidirectional controls and invalid UTF-8 as \xNN or \u{NNNN}.
std::string escape_for_display(std::string_view text);

} // namespace rs
