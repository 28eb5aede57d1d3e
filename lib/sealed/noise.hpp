#pragma once

#include "base/bytes.hpp"
#include "crypto/hash.hpp"
#include "crypto/keys.hpp"
#include "crypto/random.hpp"

#include <memory>
#include <optional>

namespace rs::sealed {

// Noise_{IK,XX,X}_25519_AESGCM_SHA256, revision 34 of the Noise specification.
enum class Pattern { ik, xx, x };

inline constexpr std::size_t kMaxNoiseMessage = 65535; // §3

// What Split() gives (§5.2). In this protocol the two keys are roots and encrypt nothing themselves (envelopes
// excepted); `h` is the handshake hash: public, never a secret.
struct Split {
  crypto::Secret32 initiator_to_responder;
  crypto::Secret32 responder_to_initiator;
  crypto::Hash32 h;
};

// One side of one handshake. Messages alternate, the initiator first. After an error the object is of no use.
class Handshake {
 public:
  // `remote_static` is required for an initiator of ik and x, and must be absent otherwise.
  Handshake(Pattern pattern, bool initiator, ByteView prologue, const crypto::X25519Key& local_static,
            std::optional<crypto::PublicKey> remote_static, crypto::Random& random);
  ~Handshake();
  Handshake(Handshake&&) noexcept;
  Handshake& operator=(Handshake&&) noexcept;

  bool finished() const; // Split() may be taken
  bool my_turn() const;  // the next message is ours to write
  // `limit`: the message would exceed kMaxNoiseMessage; `integrity`: the peer's key is of low order; `invalid`: it is
  // not our turn.
  Result<Bytes> write(ByteView payload);
  // The payload of the peer's message. `integrity`: it does not authenticate; `invalid`: it is too short or long, or
  // none is expected.
  Result<Bytes> read(ByteView message);
  // The peer's static key; present as soon as the pattern has carried it, absent after an error.
  std::optional<crypto::PublicKey> remote_static() const;
  Split split() const; // only when finished()

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace rs::sealed
