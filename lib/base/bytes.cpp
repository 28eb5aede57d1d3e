#include "base/bytes.hpp"

namespace rs {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

std::string encode_bits(ByteView bytes, std::string_view alphabet, unsigned bits) {
  std::string out;
  out.reserve((bytes.size() * 8 + bits - 1) / bits);
  unsigned pending = 0;
  std::uint32_t buffer = 0;
  for (auto byte : bytes) {
    buffer = (buffer << 8) | byte;
    pending += 8;
    while (pending >= bits) {
      pending -= bits;
      out += alphabet[(buffer >> pending) & ((1U << bits) - 1)];
    }
  }
  if (pending > 0) out += alphabet[(buffer << (bits - pending)) & ((1U << bits) - 1)];
  return out;
}

std::array<std::int8_t, 256> reverse(std::string_view alphabet) {
  std::array<std::int8_t, 256> table;
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}

Result<Bytes> decode_64(std::string_view text, const std::array<std::int8_t, 256>& table, std::string_view what) {
  if (text.size() % 4 == 1) return fail(Errc::invalid, std::string(what) + ": impossible length");
  Bytes out;
  out.reserve(text.size() * 3 / 4);
  unsigned pending = 0;
  std::uint32_t buffer = 0;
  for (char c : text) {
    const int value = table[static_cast<std::uint8_t>(c)];
    if (value < 0) return fail(Errc::invalid, std::string(what) + ": a character outside the alphabet");
    buffer = (buffer << 6) | static_cast<std::uint32_t>(value);
    pending += 6;
    if (pending >= 8) {
      pending -= 8;
      out.push_back(static_cast<std::uint8_t>(buffer >> pending));
    }
  }
  // A second spelling of the same bytes would let a signed text be changed without a trace.
  if ((buffer & ((1U << pending) - 1)) != 0) return fail(Errc::invalid, std::string(what) + ": stray bits at the end");
  return out;
}

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

} // namespace

std::string hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (auto byte : bytes) {
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Errc::invalid, "hex: odd length");
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = nibble(text[i]);
    const int low = nibble(text[i + 1]);
    if (high < 0 || low < 0) return fail(Errc::invalid, "hex: a character outside 0-9a-f");
    out.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return out;
}

std::string base64(ByteView bytes) {
  auto out = encode_bits(bytes, kBase64, 6);
  while (out.size() % 4 != 0) out += '=';
  return out;
}

Result<Bytes> from_base64(std::string_view text) {
  static const auto table = reverse(kBase64);
  if (text.size() % 4 != 0) return fail(Errc::invalid, "base64: length is no multiple of 4");
  if (text.ends_with("==")) text.remove_suffix(2);
  else if (text.ends_with("=")) text.remove_suffix(1);
  return decode_64(text, table, "base64");
}

std::string base64url(ByteView bytes) { return encode_bits(bytes, kBase64Url, 6); }

Result<Bytes> from_base64url(std::string_view text) {
  static const auto table = reverse(kBase64Url);
  return decode_64(text, table, "base64url");
}

std::string base32_lower(ByteView bytes) { return encode_bits(bytes, kBase32, 5); }

bool equal_constant_time(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

} // namespace rs
