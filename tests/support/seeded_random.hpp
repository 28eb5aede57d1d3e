#pragma once

#include "crypto/random.hpp"

#include <cstdint>

namespace rs::test {

// The same bytes for the same seed, for ever (splitmix64): committed vectors depend on it.
class SeededRandom final : public crypto::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  void fill(MutableBytes out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(next() >> 56);
  }

 private:
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

// Gives the bytes that it was given, in order; for vectors that name an ephemeral key.
class FixedRandom final : public crypto::Random {
 public:
  explicit FixedRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(MutableBytes out) override {
    for (auto& byte : out) byte = at_ < bytes_.size() ? bytes_[at_++] : 0;
  }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

} // namespace rs::test
