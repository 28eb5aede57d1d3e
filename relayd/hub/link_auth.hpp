#pragma once

#include "relayd/devices.hpp"
#include "relayd/tenants.hpp"
#include "session/peer_link.hpp"
#include "session/relay_link.hpp"
#include "wire/messages.hpp"

#include <optional>

namespace rs::relay {

// What a hello has proved: who it is and that he has the certificate's key.
struct HelloCheck {
  const Tenant* tenant = nullptr;
  session::Peer peer;
  crypto::PublicKey sign_key{};                   // the certificate's
  std::optional<sealed::AgentClaims> agent;       // agents
  std::optional<session::InstanceOffer> instance; // agents
};

// The certificate's chain and dates, the signature over this relay and this nonce, and that a technician's device is still
// registered. `sign_in` for anything else; the message says what.
Result<HelloCheck> check_hello(const wire::Hello& hello, ByteView nonce, const std::string& relay_fingerprint,
                               const Tenants& tenants, const Devices& devices, WallTime now);

} // namespace rs::relay
