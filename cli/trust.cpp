#include "cli/trust.hpp"

#include "crypto/hash.hpp"
#include "wire/limits.hpp"

#include <algorithm>

namespace rs::cli {

Result<void> check_fingerprint(std::string_view text, std::string_view what) {
  if (text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos) return {};
  return fail(Errc::invalid, std::string(what) + ": a fingerprint is 64 characters of 0-9a-f");
}

Result<std::string> relay_pin_for_login(const State& state, const GivenPins& given) {
  if (given.relay) RS_CHECK(check_fingerprint(*given.relay, "--fingerprint"));
  if (!state.relay) return given.relay.value_or("");
  if (given.relay && *given.relay != state.relay->fingerprint && given.relay != state.relay->successor)
    return fail(Errc::server_identity,
                "--fingerprint is " + *given.relay + ", but this profile has pinned " + state.relay->fingerprint);
  return state.relay->fingerprint;
}

bool names_tls_key(const State& state, ByteView spki_sha256, WallTime now) {
  if (!state.relay || to_unix_seconds(now) >= state.relay->expires) return false;
  return std::any_of(state.relay->tls.begin(), state.relay->tls.end(),
                     [&](const Bytes& key) { return std::ranges::equal(key, spki_sha256); });
}

sealed::RelayPin relay_pin(const RelayState& relay) { return {relay.fingerprint, relay.successor, relay.number}; }
sealed::OrgPin org_pin(const OrgState& org) { return {org.org, org.fingerprint, org.number}; }

Result<void> adopt_relay_statement(State& state, std::string_view compact, ByteView spki_sha256, WallTime now) {
  RS_ASSERT(state.relay);
  RS_TRY(const auto statement, sealed::verify_relay_statement(compact, relay_pin(*state.relay), now));
  const auto named = std::any_of(statement.tls.begin(), statement.tls.end(),
                                 [&](const Bytes& key) { return std::ranges::equal(key, spki_sha256); });
  if (!named)
    return fail(Errc::server_identity,
                "the relay's statement does not name the TLS key of this connection (" + hex(spki_sha256) + ")");
  adopt_verified(*state.relay, statement);
  return {};
}

void adopt_verified(RelayState& relay, const sealed::RelayStatement& statement) {
  if (statement.number < relay.number) return; // another rsctl has seen a newer one meanwhile
  relay.fingerprint = crypto::fingerprint(statement.key);
  relay.successor.reset();
  if (statement.successor) relay.successor = crypto::fingerprint(*statement.successor);
  relay.number = statement.number;
  relay.expires = statement.exp;
  relay.tls = statement.tls;
}

namespace {

// The org pin that the answer is held to. A profile never changes its root.
Result<OrgState> org_for_login(const State& state, std::string_view statement, const GivenPins& given) {
  if (given.org) RS_CHECK(check_fingerprint(*given.org, "--org-fingerprint"));
  RS_TRY(const auto unverified, sealed::peek_document<sealed::OrgStatement>(statement));
  const auto offered = crypto::fingerprint(unverified.root);
  if (given.org && *given.org != offered)
    return fail(Errc::server_identity, "the relay offers the org key " + offered + ", but --org-fingerprint is " + *given.org);
  if (!state.org) {
    OrgState fresh;
    fresh.org = unverified.org;
    fresh.fingerprint = offered;
    fresh.pinned = given.org ? PinnedBy::verified : PinnedBy::first_use;
    return fresh;
  }
  OrgState pinned = *state.org;
  if (given.org && *given.org == pinned.fingerprint) pinned.pinned = PinnedBy::verified;
  return pinned;
}

void keep_org(OrgState& org, const sealed::OrgStatement& statement, std::string_view compact) {
  org.tenant = statement.tenant;
  org.number = statement.number;
  org.statement = compact;
}

} // namespace

Result<sealed::TechnicianClaims> adopt_login(State& state, const wire::api::LoginReply& reply, const session::Identity& keys,
                                             const GivenPins& given, WallTime now) {
  RS_TRY(OrgState org, org_for_login(state, reply.org_statement, given));
  RS_TRY(const auto statement, sealed::verify_org_statement(reply.org_statement, org_pin(org)));
  RS_TRY(auto claims, sealed::verify_technician(reply.certificate, statement, now));
  if (claims.cnf.sign != keys.sign.public_key() || claims.cnf.noise != keys.noise.public_key())
    return fail(Errc::server_identity, "the relay's certificate is for other keys than this profile's");
  keep_org(org, statement, reply.org_statement);
  state.org = std::move(org);
  state.certificate = reply.certificate;
  return claims;
}

Result<sealed::OrgStatement> adopt_org_statement(State& state, std::string_view compact) {
  RS_ASSERT(state.org);
  RS_TRY(auto statement, sealed::verify_org_statement(compact, org_pin(*state.org)));
  keep_org(*state.org, statement, compact);
  return statement;
}

Result<void> check_target(const sealed::AgentClaims& agent, std::string_view as) {
  const std::string& id = agent.sub.text();
  const bool prefix = as.size() >= wire::kLeastIdPrefix && id.starts_with(as);
  if (agent.name == as || prefix) return {};
  return fail(Errc::wrong_target, "the relay answers with " + agent.name + " (" + id + ")");
}

bool wants_renewal(const sealed::TechnicianClaims& claims, WallTime now) {
  return (claims.exp - to_unix_seconds(now)) * 3 < claims.exp - claims.iat;
}

bool has_expired(const sealed::TechnicianClaims& claims, WallTime now) { return to_unix_seconds(now) >= claims.exp; }

} // namespace rs::cli
