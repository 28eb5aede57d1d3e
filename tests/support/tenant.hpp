#pragma once

#include "crypto/hash.hpp"
#include "sealed/chain.hpp"
#include "session/peer_link.hpp"
#include "session/policy.hpp"
#include "support/seeded_random.hpp"

namespace rs::test {

inline const WallTime kNow = from_unix_seconds(1'800'000'000); // when tests take place

// A managed tenant with its root, issuer and relay, and certificates on demand; everything from one seed.
struct Tenant {
  explicit Tenant(std::uint64_t seed = 1, std::string id = "org-one")
      : random(seed), org_id(std::move(id)), root(crypto::Ed25519Key::generate(random)),
        issuer(crypto::Ed25519Key::generate(random)), relay(crypto::Ed25519Key::generate(random)) {
    tls_spki.assign(32, 7);
    publish(1);
    relay_statement = sign_relay_statement(relay, 1);
  }

  void publish(std::uint64_t number) {
    org = sealed::OrgStatement{root.public_key(),
                               org_id,
                               "acme",
                               number,
                               to_unix_seconds(kNow) - 3600,
                               sealed::TenantMode::managed,
                               {{issuer.public_key(), {sealed::Certifies::technician, sealed::Certifies::agent}}}};
    org_statement = sealed::sign_document(org, root);
  }
  std::string sign_relay_statement(const crypto::Ed25519Key& key, std::uint64_t number) const {
    const sealed::RelayStatement statement{
        key.public_key(), number, to_unix_seconds(kNow) - 60, to_unix_seconds(kNow) + 86400 * 29, {"relay.example"},
        {tls_spki},       {}};
    return sealed::sign_document(statement, key);
  }

  session::LinkTrust trust() const {
    return {{crypto::fingerprint(relay.public_key()), {}, 0}, {org_id, crypto::fingerprint(root.public_key()), 0}, tls_spki};
  }

  sealed::TechnicianClaims technician_claims(const session::Identity& keys) const {
    return {issuer.public_key(),
            org_id,
            "u-1",
            "Ada Technician",
            "ada@acme.example",
            Role::technician,
            {Permission::exec, Permission::files, Permission::diag},
            {keys.sign.public_key(), keys.noise.public_key()},
            to_unix_seconds(kNow) - 60,
            to_unix_seconds(kNow) + 3600,
            to_unix_seconds(kNow) + 7 * 86400};
  }
  sealed::AgentClaims agent_claims(const session::Identity& keys, const AgentId& id, const std::string& name) const {
    return {issuer.public_key(),
            org_id,
            id,
            name,
            {{"role", "web"}},
            {keys.sign.public_key(), keys.noise.public_key()},
            to_unix_seconds(kNow) - 60,
            to_unix_seconds(kNow) + 90 * 86400};
  }

  session::Identity new_keys() { return {crypto::Ed25519Key::generate(random), crypto::X25519Key::generate(random), {}}; }
  session::Identity technician() {
    auto keys = new_keys();
    keys.certificate = sealed::sign_document(technician_claims(keys), issuer);
    return keys;
  }
  AgentId new_agent_id() { return AgentId::from_random(random.array<kIdRandomBytes>()); }
  SessionId new_session_id() { return SessionId::from_random(random.array<kIdRandomBytes>()); }

  SeededRandom random;
  std::string org_id;
  crypto::Ed25519Key root;
  crypto::Ed25519Key issuer;
  crypto::Ed25519Key relay;
  Bytes tls_spki;
  sealed::OrgStatement org;
  std::string org_statement;
  std::string relay_statement;
};

} // namespace rs::test
