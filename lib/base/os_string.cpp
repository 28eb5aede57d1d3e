#include "base/os_string.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace rs {
namespace {

struct CodePoint {
  std::uint32_t value;
  std::size_t length; // 0: the byte begins no valid sequence
};

CodePoint decode_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[at + i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + length > text.size()) return {lead, 0};
  std::uint32_t value = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {lead, 0};
    value = (value << 6) | (byte(i) & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[length] || (value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) return {lead, 0};
  return {value, length};
}

bool is_hidden(std::uint32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return true;
  return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x061c ||
         c == 0x2028 || c == 0x2029;
}

std::string formatted(const char* format, std::uint32_t value) {
  std::array<char, 16> text;
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

} // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto point = decode_at(text, at);
    if (point.length == 0) return false;
    at += point.length;
  }
  return true;
}

std::string escape_for_display(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto point = decode_at(text, at);
    if (point.length == 0 || (point.value < 0x80 && is_hidden(point.value))) {
      out += formatted("\\x%02x", point.length == 0 ? static_cast<std::uint8_t>(text[at]) : point.value);
    } else if (is_hidden(point.value)) {
      out += formatted("\\u{%04x}", point.value);
    } else {
      out += text.substr(at, point.length);
    }
    at += point.length == 0 ? 1 : point.length;
  }
  return out;
}

} // namespace rs
