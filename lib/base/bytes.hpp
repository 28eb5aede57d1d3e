#pragma once

#include "base/result.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rs {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

inline ByteView as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline Bytes to_bytes(std::string_view text) {
  auto view = as_bytes(text);
  return {view.begin(), view.end()};
}
inline std::string to_text(ByteView bytes) { return std::string(as_text(bytes)); }

// Network order. The caller has checked that there are sizeof(T) bytes at `at`.
template <std::unsigned_integral T>
T load_be(const std::uint8_t* at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>((value << 8) | at[i]);
  return value;
}
template <std::unsigned_integral T>
void store_be(std::uint8_t* at, T value) {
  for (std::size_t i = sizeof(T); i-- > 0; value = static_cast<T>(value >> 8)) at[i] = static_cast<std::uint8_t>(value);
}

std::string hex(ByteView bytes);                  // lower case
Result<Bytes> from_hex(std::string_view text);    // either case; an odd length or another character is `invalid`
std::string base64(ByteView bytes);               // RFC 4648 §4, padded
Result<Bytes> from_base64(std::string_view text); // padded, canonical
std::string base64url(ByteView bytes);            // RFC 4648 §5, without padding
Result<Bytes> from_base64url(std::string_view text);
std::string base32_lower(ByteView bytes); // RFC 4648 §6 in lower case (a-z2-7), without padding

// For secrets: the time taken does not depend on where the two differ.
bool equal_constant_time(ByteView a, ByteView b);

template <std::size_t N>
Result<std::array<std::uint8_t, N>> to_array(ByteView bytes, std::string_view what) {
  if (bytes.size() != N)
    return fail(Errc::invalid, std::string(what) + ": " + std::to_string(bytes.size()) + " bytes, expected " + std::to_string(N));
  std::array<std::uint8_t, N> out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

} // namespace rs
