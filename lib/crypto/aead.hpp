#pragma once

#include "base/bytes.hpp"
#include "crypto/keys.hpp"

#include <memory>

namespace rs::crypto {

inline constexpr std::size_t kTagBytes = 16;
inline constexpr std::size_t kNonceBytes = 12;
using Nonce = std::array<std::uint8_t, kNonceBytes>;

// AES-256-GCM under one key, for many messages: the key schedule is made once. In place, no allocation a message.
class AesGcm {
 public:
  explicit AesGcm(const Secret32& key);
  ~AesGcm();
  AesGcm(AesGcm&&) noexcept;
  AesGcm& operator=(AesGcm&&) noexcept;

  // `buffer` is plaintext followed by kTagBytes of room; becomes ciphertext | tag.
  void seal(const Nonce& nonce, ByteView associated, MutableBytes buffer);
  // `buffer` is ciphertext | tag; true: its first size()-kTagBytes are the plaintext. False: contents undefined.
  [[nodiscard]] bool open(const Nonce& nonce, ByteView associated, MutableBytes buffer);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace rs::crypto
