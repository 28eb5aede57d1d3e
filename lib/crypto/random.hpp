#pragma once

#include "base/bytes.hpp"

namespace rs::crypto {

// Where a machine needs randomness it is given one of these; tests give a seeded one.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(MutableBytes out) = 0;

  template <std::size_t N>
  std::array<std::uint8_t, N> array() {
    std::array<std::uint8_t, N> out;
    fill(out);
    return out;
  }
};

// The operating system's (OpenSSL's DRBG seeded from it). Thread-safe.
Random& system_random();

} // namespace rs::crypto
