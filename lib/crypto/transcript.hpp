#pragma once

#include "base/bytes.hpp"

namespace rs::crypto {

// What a prologue, a key derivation or a commitment is computed over: strings each preceded by their u16
// big-endian length, so that no two lists give the same bytes; u64 (big-endian) and hashes stand bare.
class Transcript {
 public:
  // At most 65,535 bytes; the caller has checked.
  Transcript& text(std::string_view text);
  Transcript& number(std::uint64_t number);
  Transcript& bare(ByteView bytes); // of a length that the format fixes

  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

} // namespace rs::crypto
