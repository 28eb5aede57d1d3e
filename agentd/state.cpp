#include "agentd/state.hpp"

#include "describe/codec_impl.hpp"

#include <algorithm>

RS_CODEC(rs::agent::AgentState)
RS_CODEC(rs::agent::PendingEnrolment)

namespace rs::agent {

session::Identity identity_of(const AgentState& state) {
  return {crypto::Ed25519Key(crypto::Secret32(state.sign_seed)), crypto::X25519Key(crypto::Secret32(state.noise_seed)),
          state.certificate};
}

session::LinkTrust trust_of(const AgentState& state, Bytes tls_spki_sha256) {
  return {.relay = {state.relay_fingerprint, state.relay_successor, state.relay_number},
          .org = {state.org, state.org_fingerprint, state.org_number},
          .tls_spki_sha256 = std::move(tls_spki_sha256)};
}

Result<sealed::OrgStatement> org_of(const AgentState& state) {
  return sealed::verify_org_statement(state.org_statement, {state.org, state.org_fingerprint, state.org_number});
}

session::InstanceOffer offer_instance(AgentState& state, crypto::Random& random) {
  if (!state.instance_next) {
    const auto bytes = random.array<16>();
    state.instance_next =
        sealed::Instance{state.instance_last ? state.instance_last->counter + 1 : 1, Bytes(bytes.begin(), bytes.end())};
  }
  return {state.instance_last, *state.instance_next};
}

void acknowledge_instance(AgentState& state) {
  if (state.instance_next) state.instance_last = std::exchange(state.instance_next, std::nullopt);
}

void take_relay_statement(AgentState& state, const sealed::RelayStatement& statement) {
  const auto fingerprint = crypto::fingerprint(statement.key);
  state.relay_fingerprint = fingerprint; // the same, or the pinned successor has taken over
  state.relay_successor.reset();
  if (statement.successor) state.relay_successor = crypto::fingerprint(*statement.successor);
  state.relay_number = std::max(state.relay_number, statement.number);
}

void take_org_statement(AgentState& state, const sealed::OrgStatement& org, std::string compact) {
  state.tenant = org.tenant;
  state.org_number = std::max(state.org_number, org.number);
  state.org_statement = std::move(compact);
}

Result<void> take_certificate(AgentState& state, std::string compact, const sealed::OrgStatement& org, WallTime now) {
  RS_TRY(const auto claims, sealed::verify_agent(compact, org, now));
  const auto own = identity_of(state);
  if (claims.cnf.sign != own.sign.public_key() || claims.cnf.noise != own.noise.public_key())
    return fail(Errc::forbidden, "the agent's certificate is for other keys");
  if (!state.agent.empty() && claims.sub != state.agent)
    return fail(Errc::forbidden, "the agent's certificate is for " + claims.sub.text());
  state.agent = claims.sub;
  state.name = claims.name;
  state.certificate = std::move(compact);
  state.greatest_iat = std::max(state.greatest_iat, std::min(claims.iat, to_unix_seconds(now)));
  return {};
}

} // namespace rs::agent
