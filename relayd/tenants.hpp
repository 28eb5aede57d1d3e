#pragma once

#include "crypto/keys.hpp"
#include "relayd/store/store.hpp"
#include "sealed/chain.hpp"

#include <map>
#include <memory>
#include <string>

namespace rs::relay {

inline constexpr std::int64_t kAgentLife = 365 * 24 * 3600; // seconds of an agent's certificate
inline constexpr std::int64_t kJobLife = 7 * 24 * 3600;     // seconds that a technician's certificate holds for jobs

// One tenant as the running relay knows it: its statement, and in a managed tenant the key that issues certificates.
struct Tenant {
  store::Tenant row;
  sealed::OrgStatement statement;
  crypto::Ed25519Key issuer;

  std::string issue_technician(const store::User& user, const sealed::Confirmation& keys, WallTime now) const;
  std::string issue_agent(const store::Agent& agent, WallTime now) const;
};

// What a person of that role may ask for at most; agents narrow it by their own policy.
std::vector<Permission> permissions_of(Role role);

// All tenants, read at start; immutable and so thread-safe.
class Tenants {
 public:
  static Result<std::unique_ptr<Tenants>> load(store::Store& store, const crypto::Secret32& column_key);
  // Makes a tenant with a fresh root and issuer, stores it, and returns the root, which the relay never reads again.
  static Result<crypto::Ed25519Key> create(store::Store& store, const crypto::Secret32& column_key, const std::string& name,
                                           crypto::Random& random, WallTime now);

  const Tenant* find(std::string_view org) const;
  const Tenant* find_by_name(std::string_view name) const;
  const Tenant* only() const; // where there is exactly one
  const std::map<std::string, Tenant, std::less<>>& all() const { return tenants_; }

 private:
  std::map<std::string, Tenant, std::less<>> tenants_; // by org
};

} // namespace rs::relay
