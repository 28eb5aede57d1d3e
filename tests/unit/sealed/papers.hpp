#pragma once

#include "crypto/hash.hpp"
#include "sealed/chain.hpp"

namespace rs::test {

// The good papers of one tenant and relay, at a fixed time; each test spoils one thing.
struct Papers {
  static constexpr std::int64_t kNow = 1'800'000'000;

  static crypto::Ed25519Key key(std::uint8_t fill) {
    std::array<std::uint8_t, 32> seed;
    seed.fill(fill);
    return crypto::Ed25519Key(crypto::Secret32(seed));
  }

  crypto::Ed25519Key root = key(1);
  crypto::Ed25519Key issuer = key(2);       // certifies technicians and agents
  crypto::Ed25519Key agent_issuer = key(3); // agents only
  crypto::Ed25519Key stranger = key(4);
  sealed::Confirmation cnf{key(5).public_key(), key(6).public_key()};

  sealed::OrgStatement statement{root.public_key(),
                                 "org-1",
                                 "acme",
                                 5,
                                 kNow - 1000,
                                 sealed::TenantMode::managed,
                                 {{issuer.public_key(), {sealed::Certifies::technician, sealed::Certifies::agent}},
                                  {agent_issuer.public_key(), {sealed::Certifies::agent}}}};
  sealed::OrgPin pin{"org-1", crypto::fingerprint(root.public_key()), 5};

  sealed::TechnicianClaims technician{issuer.public_key(), "org-1", "u-1",     "Ada",       "ada@example.org", Role::technician,
                                      {Permission::exec},  cnf,     kNow - 60, kNow + 3600, kNow + 7 * 86'400};
  sealed::AgentClaims agent{
      issuer.public_key(), "org-1",      AgentId::parse("a-bbbbbbbbbbbbbbbbbbbb").value(), "web01", {{"role", "web"}}, cnf,
      kNow - 60,           kNow + 86'400};

  sealed::RelayStatement relay{key(7).public_key(), 3,           kNow - 60, kNow + 86'400, {"relay.example.org"},
                               {Bytes(32, 9)},      std::nullopt};
  sealed::RelayPin relay_pin{crypto::fingerprint(key(7).public_key()), std::nullopt, 3};

  static WallTime now() { return from_unix_seconds(kNow); }
};

} // namespace rs::test
