#include "relayd/tenants.hpp"

#include "crypto/hash.hpp"
#include "crypto/sealed_column.hpp"

namespace rs::relay {
namespace {

constexpr std::string_view kRow = "tenant";
constexpr std::string_view kColumn = "issuer_key";

Result<Tenant> revive(const store::Tenant& row, const crypto::Secret32& column_key) {
  RS_TRY(auto statement, sealed::verify_org_statement(row.org_statement, {row.id, row.org_fingerprint, 0}));
  RS_TRY(const auto seed, crypto::decrypt_column(column_key, row.id, kRow, kColumn, row.sealed_issuer_key));
  RS_TRY(const auto bytes, to_array<32>(seed, "issuer key"));
  return Tenant{row, std::move(statement), crypto::Ed25519Key(crypto::Secret32(bytes))};
}

} // namespace

std::vector<Permission> permissions_of(Role role) {
  if (role == Role::customer) return {};
  std::vector<Permission> all;
  for (const auto& row : describe::kEnumRows<Permission>) all.push_back(row.value);
  return all;
}

std::string Tenant::issue_technician(const store::User& user, const sealed::Confirmation& keys, WallTime now) const {
  const auto iat = to_unix_seconds(now);
  const sealed::TechnicianClaims claims{issuer.public_key(),
                                        row.id,
                                        user.id,
                                        user.name,
                                        user.email,
                                        user.role,
                                        permissions_of(user.role),
                                        keys,
                                        iat,
                                        iat + sealed::kMaxTechnicianLife,
                                        iat + kJobLife};
  return sealed::sign_document(claims, issuer);
}

std::string Tenant::issue_agent(const store::Agent& agent, WallTime now) const {
  const auto iat = to_unix_seconds(now);
  const sealed::AgentClaims claims{
      issuer.public_key(), row.id, agent.id, agent.name, agent.tags, {agent.sign_key, agent.noise_key}, iat, iat + kAgentLife};
  return sealed::sign_document(claims, issuer);
}

Result<crypto::Ed25519Key> Tenants::create(store::Store& store, const crypto::Secret32& column_key, const std::string& name,
                                           crypto::Random& random, WallTime now) {
  RS_CHECK(check_name(name, "tenant"));
  auto root = crypto::Ed25519Key::generate(random);
  const auto issuer = crypto::Ed25519Key::generate(random);
  const auto org = "o-" + base32_lower(random.array<kIdRandomBytes>()).substr(0, 20);
  const sealed::OrgStatement statement{
      root.public_key(),
      org,
      name,
      1,
      to_unix_seconds(now),
      sealed::TenantMode::managed,
      {{issuer.public_key(), {sealed::Certifies::technician, sealed::Certifies::bot, sealed::Certifies::agent}}}};
  store::Tenant row{.id = org,
                    .name = name,
                    .mode = sealed::TenantMode::managed,
                    .org_fingerprint = crypto::fingerprint(root.public_key()),
                    .org_statement = sealed::sign_document(statement, root),
                    .statement_number = 1,
                    .sealed_issuer_key = crypto::encrypt_column(column_key, org, kRow, kColumn, issuer.seed().view(), random)};
  RS_CHECK(store.add_tenant(row));
  return root;
}

Result<std::unique_ptr<Tenants>> Tenants::load(store::Store& store, const crypto::Secret32& column_key) {
  RS_TRY(const auto rows, store.list_tenants());
  auto tenants = std::make_unique<Tenants>();
  for (const auto& row : rows) {
    auto tenant = revive(row, column_key);
    if (!tenant) return within("tenant " + row.name, tenant.error());
    tenants->tenants_.emplace(row.id, std::move(*tenant));
  }
  return tenants;
}

const Tenant* Tenants::find(std::string_view org) const {
  const auto found = tenants_.find(org);
  return found == tenants_.end() ? nullptr : &found->second;
}

const Tenant* Tenants::find_by_name(std::string_view name) const {
  for (const auto& [org, tenant] : tenants_) {
    if (tenant.row.name == name) return &tenant;
  }
  return nullptr;
}

const Tenant* Tenants::only() const { return tenants_.size() == 1 ? &tenants_.begin()->second : nullptr; }

} // namespace rs::relay
