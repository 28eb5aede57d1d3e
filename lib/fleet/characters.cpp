#include "fleet/characters.hpp"

#include "base/os_string.hpp"

namespace rs::fleet {
namespace {

constexpr char32_t kStrayByte = 0xdc00; // a surrogate, which no text has

std::size_t announced_length(unsigned char lead) { return lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4; }

} // namespace

std::u32string characters(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const auto one = text.substr(0, announced_length(lead));
    if (lead < 0x80 || !is_utf8(one)) {
      out += lead < 0x80 ? lead : kStrayByte + lead;
      text.remove_prefix(1);
      continue;
    }
    char32_t value = lead & (0x7fU >> one.size());
    for (const char c : one.substr(1)) value = (value << 6) | (static_cast<unsigned char>(c) & 0x3fU);
    out += value;
    text.remove_prefix(one.size());
  }
  return out;
}

std::size_t column_of(std::string_view text, std::size_t byte) { return characters(text.substr(0, byte)).size() + 1; }

} // namespace rs::fleet
