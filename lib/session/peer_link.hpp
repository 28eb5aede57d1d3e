#pragma once

#include "crypto/hash.hpp"
#include "crypto/keys.hpp"
#include "link/endpoint.hpp"
#include "sealed/chain.hpp"

#include <functional>
#include <optional>
#include <string>

namespace rs::session {

// The keys of a profile or agent and the certificate that binds them.
struct Identity {
  crypto::Ed25519Key sign;
  crypto::X25519Key noise;
  std::string certificate; // compact JWS
};

// What a peer knows of its relay and tenant before it connects.
struct LinkTrust {
  sealed::RelayPin relay;
  sealed::OrgPin org;
  Bytes tls_spki_sha256; // of the TLS connection that the link runs on
};

// One attempt of an agent to move its instance on (TRUST.md, "Links"); persisted before the connection.
struct InstanceOffer {
  std::optional<sealed::Instance> last; // acknowledged
  sealed::Instance next;
};

// A peer's side of the link's beginning: challenge, the relay's identity, hello, welcome. Nothing secret leaves before
// the relay statement has been verified against the pin and against the TLS key. Above it the Endpoint is free to use
// once `challenged()`.
class PeerLink {
 public:
  struct Config {
    const Identity& identity;
    LinkTrust trust;
    std::optional<InstanceOffer> instance; // agents
    std::vector<std::string> features;
  };
  struct Challenged { // hello is queued; circuits may be opened right behind it
    sealed::RelayStatement statement;
  };
  struct Welcomed {
    sealed::OrgStatement org;
    std::string org_statement;
    std::optional<std::string> certificate;
  };
  // What is not the link's own business: resolved, goaway, an error that names n.
  using Control = wire::Control;
  using Event = std::variant<Challenged, Welcomed, Control>;

  explicit PeerLink(Config config) : config_(std::move(config)) {}

  link::Endpoint& endpoint() { return endpoint_; }
  // Consumes a control message of the endpoint. An error ends the link: `server-identity`, `sign-in`, `conflict` (this is
  // a copy of another agent), `invalid`, …
  Result<std::optional<Event>> on_control(wire::Control control, WallTime now);
  bool challenged() const { return state_ != State::silent; }
  bool welcomed() const { return state_ == State::welcomed; }

 private:
  enum class State { silent, challenged, welcomed };
  Result<Event> on_challenge(const wire::Challenge& challenge, WallTime now);
  Result<Event> on_welcome(wire::Welcome welcome);

  Config config_;
  link::Endpoint endpoint_;
  State state_ = State::silent;
};

} // namespace rs::session
