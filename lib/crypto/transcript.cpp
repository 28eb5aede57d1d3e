#include "crypto/transcript.hpp"

#include "base/assert.hpp"

#include <limits>

namespace rs::crypto {

Transcript& Transcript::text(std::string_view text) {
  RS_ASSERT(text.size() <= std::numeric_limits<std::uint16_t>::max());
  std::array<std::uint8_t, sizeof(std::uint16_t)> length;
  store_be(length.data(), static_cast<std::uint16_t>(text.size()));
  bare(length);
  return bare(as_bytes(text));
}

Transcript& Transcript::number(std::uint64_t number) {
  std::array<std::uint8_t, sizeof(number)> bytes;
  store_be(bytes.data(), number);
  return bare(bytes);
}

Transcript& Transcript::bare(ByteView bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

} // namespace rs::crypto
