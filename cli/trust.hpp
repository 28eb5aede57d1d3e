#pragma once

#include "cli/profile_documents.hpp"
#include "sealed/chain.hpp"
#include "session/peer_link.hpp"
#include "wire/api.hpp"

#include <optional>
#include <string>
#include <string_view>

// What a profile believes, and how a document may change it. Pure: the caller keeps the new state.
namespace rs::cli {

// What somebody told the person out of band.
struct GivenPins {
  std::optional<std::string> relay; // --fingerprint
  std::optional<std::string> org;   // --org-fingerprint
};

// `invalid` where it is no 64 characters of lower-case hex.
Result<void> check_fingerprint(std::string_view text, std::string_view what);

// The pin that a relay is held to at login: the given one, else the profile's. `server-identity` where both are there
// and differ. "" where there is none.
Result<std::string> relay_pin_for_login(const State& state, const GivenPins& given);

// Whether the newest statement that this profile has verified names the TLS key, and is still in date.
bool names_tls_key(const State& state, ByteView spki_sha256, WallTime now);

// Verifies a relay statement against the pin in `state` and takes over what it says. `server-identity` also where it does
// not name the TLS key of the connection that it came on; errors else as verify_relay_statement().
Result<void> adopt_relay_statement(State& state, std::string_view compact, ByteView spki_sha256, WallTime now);
// The same for a statement that the link has verified already.
void adopt_verified(RelayState& relay, const sealed::RelayStatement& statement);

sealed::RelayPin relay_pin(const RelayState& relay);
sealed::OrgPin org_pin(const OrgState& org);

// Takes over a signed-in answer: the org statement must be by the pinned root (the first one pins it), the certificate by
// its issuer, in date, and for these keys. `server-identity` where the root or tenant is another than the pinned.
Result<sealed::TechnicianClaims> adopt_login(State& state, const wire::api::LoginReply& reply, const session::Identity& keys,
                                             const GivenPins& given, WallTime now);
// A newer org statement of the pinned root.
Result<sealed::OrgStatement> adopt_org_statement(State& state, std::string_view compact);

// `wrong-target` unless the certificate is that of the agent that was asked for: by name, by id, or by the beginning of
// its id (wire::kLeastIdPrefix at least).
Result<void> check_target(const sealed::AgentClaims& agent, std::string_view as);

// Less than a third of its life is left.
bool wants_renewal(const sealed::TechnicianClaims& claims, WallTime now);
bool has_expired(const sealed::TechnicianClaims& claims, WallTime now);

} // namespace rs::cli
