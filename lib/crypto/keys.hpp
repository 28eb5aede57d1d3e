#pragma once

#include "base/bytes.hpp"
#include "crypto/random.hpp"

#include <memory>

namespace rs::crypto {

using PublicKey = std::array<std::uint8_t, 32>; // raw, RFC 7748 or RFC 8032
using Signature = std::array<std::uint8_t, 64>;

// 32 secret bytes, wiped when they go.
class Secret32 {
 public:
  Secret32() : bytes_{} {}
  explicit Secret32(const std::array<std::uint8_t, 32>& bytes) : bytes_(bytes) {}
  Secret32(const Secret32&) = default;
  Secret32& operator=(const Secret32&) = default;
  ~Secret32();
  static Secret32 random(Random& random);
  ByteView view() const { return bytes_; }
  MutableBytes mutable_view() { return bytes_; }

 private:
  std::array<std::uint8_t, 32> bytes_;
};

void wipe(MutableBytes bytes);

struct PrivateKey; // OpenSSL's object

// Serves Noise only. Copies share one immutable key object.
class X25519Key {
 public:
  explicit X25519Key(Secret32 seed); // the raw private key
  static X25519Key generate(Random& random) { return X25519Key(Secret32::random(random)); }
  const Secret32& seed() const { return seed_; }
  const PublicKey& public_key() const { return public_; }
  // `integrity` where the peer's key is of low order (an all-zero result, RFC 7748 §6.1).
  Result<Secret32> agree(const PublicKey& peer) const;

 private:
  Secret32 seed_;
  PublicKey public_;
  std::shared_ptr<const PrivateKey> key_;
};

// Signs only. Copies share one immutable key object.
class Ed25519Key {
 public:
  explicit Ed25519Key(Secret32 seed); // RFC 8032 private key
  static Ed25519Key generate(Random& random) { return Ed25519Key(Secret32::random(random)); }
  const Secret32& seed() const { return seed_; }
  const PublicKey& public_key() const { return public_; }
  Signature sign(ByteView message) const;

 private:
  Secret32 seed_;
  PublicKey public_;
  std::shared_ptr<const PrivateKey> key_;
};

bool ed25519_verify(const PublicKey& key, ByteView message, ByteView signature);

} // namespace rs::crypto
