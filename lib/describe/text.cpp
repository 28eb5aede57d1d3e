#include "describe/text.hpp"

#include "base/os_string.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace rs::describe {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd"; // U+FFFD

// How many bytes at the front of `text` form one UTF-8 character; 0: none do.
std::size_t character_bytes(std::string_view text) {
  for (std::size_t bytes = 1; bytes <= std::min<std::size_t>(4, text.size()); ++bytes) {
    if (is_utf8(text.substr(0, bytes))) return bytes;
  }
  return 0;
}

void append_escape(std::string& out, unsigned code) {
  std::array<char, 8> text;
  std::snprintf(text.data(), text.size(), "\\u%04x", code);
  out += text.data();
}

void append_ascii(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto code = static_cast<unsigned char>(c);
  if (code < 0x20 || code == 0x7f) append_escape(out, code);
  else out += c;
}

// Of the characters beyond ASCII, those that must not stand bare: C1 controls, line and paragraph separator, byte
// order mark, and the two that are no characters.
unsigned escaped_code(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 2 && byte(0) == 0xc2 && byte(1) < 0xa0) return byte(1);
  if (character == "\xe2\x80\xa8") return 0x2028;
  if (character == "\xe2\x80\xa9") return 0x2029;
  if (character == "\xef\xbb\xbf") return 0xfeff;
  if (character == "\xef\xbf\xbe") return 0xfffe;
  if (character == "\xef\xbf\xbf") return 0xffff;
  return 0;
}

} // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      append_ascii(out, text[at++]);
      continue;
    }
    const auto character = text.substr(at, character_bytes(text.substr(at)));
    if (character.empty()) out += kReplacement;
    else if (const unsigned code = escaped_code(character)) append_escape(out, code);
    else out += character;
    at += std::max<std::size_t>(1, character.size());
  }
  out += '"';
}

std::string place_in(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto last = before.rfind('\n');
  const auto column = last == before.npos ? before.size() + 1 : before.size() - last;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

} // namespace rs::describe
