#include "session/peer_link.hpp"

#include "wire/limits.hpp"

#include <algorithm>

namespace rs::session {

Result<std::optional<PeerLink::Event>> PeerLink::on_control(wire::Control control, WallTime now) {
  // Until the relay has shown who it is, the other end may be anybody: nothing but its challenge is believed.
  if (!challenged() && !control.challenge)
    return fail(Errc::connection_lost, "the relay said something else before its challenge");
  if (control.challenge) {
    RS_TRY(auto event, on_challenge(*control.challenge, now));
    return std::optional(std::move(event));
  }
  if (control.welcome) {
    RS_TRY(auto event, on_welcome(std::move(*control.welcome)));
    return std::optional(std::move(event));
  }
  if (control.error && !control.error->n) return fail(wire::to_errc(control.error->code), "relay: " + control.error->message);
  if (control.hello || control.resolve) return fail(Errc::invalid, "CONTROL: a peer's message from the relay");
  if (!welcomed() && !control.goaway) return fail(Errc::invalid, "CONTROL: before welcome");
  return std::optional(Event(std::move(control)));
}

Result<PeerLink::Event> PeerLink::on_challenge(const wire::Challenge& challenge, WallTime now) {
  if (challenged()) return fail(Errc::invalid, "CONTROL: a second challenge");
  // It comes back inside hello, whose length is bounded.
  if (challenge.nonce.size() != wire::kNonceBytes)
    return fail(Errc::invalid, "CONTROL: a nonce of " + std::to_string(challenge.nonce.size()) + " bytes, expected " +
                                   std::to_string(wire::kNonceBytes));
  RS_TRY(auto statement, sealed::verify_relay_statement(challenge.statement, config_.trust.relay, now));
  const auto& spki = config_.trust.tls_spki_sha256;
  if (std::find(statement.tls.begin(), statement.tls.end(), spki) == statement.tls.end())
    return fail(Errc::server_identity, "the relay's statement does not name the TLS key of this connection (" + hex(spki) + ")");

  sealed::HelloClaims claims{.relay = crypto::fingerprint(statement.key),
                             .nonce = challenge.nonce,
                             .last = {},
                             .next = {},
                             .versions = {wire::kVersion},
                             .features = config_.features};
  if (config_.instance) {
    claims.last = config_.instance->last;
    claims.next = config_.instance->next;
  }
  wire::Control hello;
  hello.hello = wire::Hello{sealed::sign_document(claims, config_.identity.sign), config_.identity.certificate};
  endpoint_.send_control(hello);
  state_ = State::challenged;
  return Event(Challenged{std::move(statement)});
}

Result<PeerLink::Event> PeerLink::on_welcome(wire::Welcome welcome) {
  if (state_ != State::challenged) return fail(Errc::invalid, "CONTROL: welcome out of order");
  RS_TRY(auto org, sealed::verify_org_statement(welcome.org_statement, config_.trust.org));
  state_ = State::welcomed;
  return Event(Welcomed{std::move(org), std::move(welcome.org_statement), std::move(welcome.certificate)});
}

} // namespace rs::session
