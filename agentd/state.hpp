#pragma once

#include "crypto/random.hpp"
#include "session/peer_link.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace rs::agent {

// Who this agent is and whom it trusts: identity.json in the state directory. It holds the agent's two secret keys.
struct AgentState {
  std::string url;
  std::string tenant; // name
  std::string org;
  std::string org_fingerprint;
  std::uint64_t org_number = 0; // the highest seen; a lower one is refused
  std::string org_statement;    // the newest verified rs-org
  std::string relay_fingerprint;
  std::optional<std::string> relay_successor; // fingerprint
  std::uint64_t relay_number = 0;
  AgentId agent;
  std::string name;
  std::array<std::uint8_t, 32> sign_seed{};
  std::array<std::uint8_t, 32> noise_seed{};
  std::string certificate;                       // rs-agent
  std::optional<sealed::Instance> instance_last; // acknowledged by a welcome
  std::optional<sealed::Instance> instance_next; // offered and not yet acknowledged
  std::int64_t greatest_iat = 0;                 // verified so far: the floor of this agent's clock
};
RS_DESCRIBE(AgentState, url, tenant, org, org_fingerprint, org_number, org_statement, relay_fingerprint, relay_successor,
            relay_number, agent, name, sign_seed, noise_seed, certificate, instance_last, instance_next, greatest_iat)

// An enrolment that was asked for and of which no answer has been kept: enrolment.json in the state directory. Asked
// again with these keys, the relay gives the same agent again.
struct PendingEnrolment {
  std::string token; // fingerprint of its key
  std::string name;  // asked for first
  std::array<std::uint8_t, 32> sign_seed{};
  std::array<std::uint8_t, 32> noise_seed{};
};
RS_DESCRIBE(PendingEnrolment, token, name, sign_seed, noise_seed)

session::Identity identity_of(const AgentState& state);
session::LinkTrust trust_of(const AgentState& state, Bytes tls_spki_sha256);
// The stored statement, verified again against the pin: what stands on the disk is not believed either.
Result<sealed::OrgStatement> org_of(const AgentState& state);

// The instance that the next connection offers: one that was never acknowledged again, unchanged; else a new one. To be
// persisted before the connection is made (TRUST.md, "Links").
session::InstanceOffer offer_instance(AgentState& state, crypto::Random& random);
void acknowledge_instance(AgentState& state);

// What a verified document changes.
void take_relay_statement(AgentState& state, const sealed::RelayStatement& statement);
void take_org_statement(AgentState& state, const sealed::OrgStatement& org, std::string compact);
// A renewed certificate: this agent's keys and id, by an issuer of `org`; the name may be another. `forbidden` and as
// verify_agent().
Result<void> take_certificate(AgentState& state, std::string compact, const sealed::OrgStatement& org, WallTime now);

} // namespace rs::agent
