#pragma once

#include "base/bytes.hpp"
#include "crypto/aead.hpp"
#include "crypto/keys.hpp"

#include <cstdint>
#include <string_view>

namespace rs::sealed {

inline constexpr std::uint64_t kRekeyEvery = 1ULL << 20; // frames (Noise §11.3)

// "rs1" | OPEN's JSON, each preceded by its u16 length: the prologue of a session's handshake. open_json: at most
// 65,535 bytes, here and below (OPEN's json_bytes can say no more).
Bytes session_prologue(std::string_view open_json);

// The key of one direction of call `call_no`: HKDF-Expand(root, "rs1 circuit" | u64 call_no | SHA-256(open_json), 32).
crypto::Secret32 circuit_key(const crypto::Secret32& root, std::uint64_t call_no, std::string_view open_json);

// One direction of one circuit. The nonce is the count of frames: 32 zero bits, u64 big-endian (Noise §12.4).
// Rekey (§11.3) every kRekeyEvery frames changes the key, never the count.
class FrameSealer {
 public:
  explicit FrameSealer(const crypto::Secret32& key, std::uint64_t rekey_every = kRekeyEvery);
  // `buffer`: plaintext followed by crypto::kTagBytes of room; becomes ciphertext | tag.
  void seal(MutableBytes buffer);
  std::uint64_t count() const { return count_; }

 private:
  crypto::Secret32 key_;
  crypto::AesGcm cipher_;
  std::uint64_t rekey_every_;
  std::uint64_t count_ = 0;
};

class FrameOpener {
 public:
  explicit FrameOpener(const crypto::Secret32& key, std::uint64_t rekey_every = kRekeyEvery);
  // `buffer`: ciphertext | tag. True: its first size()-kTagBytes are the plaintext. False: this is not exactly the
  // next frame; the circuit must end with `integrity` and the opener opens nothing any more.
  [[nodiscard]] bool open(MutableBytes buffer);
  std::uint64_t count() const { return count_; }

 private:
  crypto::Secret32 key_;
  crypto::AesGcm cipher_;
  std::uint64_t rekey_every_;
  std::uint64_t count_ = 0;
  bool broken_ = false;
};

} // namespace rs::sealed
