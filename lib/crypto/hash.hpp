#pragma once

#include "base/bytes.hpp"

#include <memory>

namespace rs::crypto {

using Hash32 = std::array<std::uint8_t, 32>;

Hash32 sha256(ByteView data);
Hash32 hmac_sha256(ByteView key, ByteView data);

// HKDF-SHA-256 (RFC 5869). expand: at most 255 * 32 bytes.
Hash32 hkdf_extract(ByteView salt, ByteView input);
Bytes hkdf_expand(ByteView prk, ByteView info, std::size_t bytes);

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(ByteView data);
  Hash32 finish(); // once; the object is then as new

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Lower-case hex SHA-256 of a raw public key: what people compare and profiles pin.
std::string fingerprint(ByteView public_key);

} // namespace rs::crypto
