#pragma once

#include "relayd/store/sqlite.hpp"
#include "relayd/store/store.hpp"

namespace rs::store {

inline constexpr std::int64_t kSchemaVersion = 1;

struct SqliteOptions {
  Millis busy_timeout{5000};
  std::optional<std::uint32_t> max_pages; // of 4 KiB: the file grows no further; then every write is `no-space`
};

// One file, WAL, synchronous=FULL: what a call has answered is on the disk.
class SqliteStore final : public Store {
 public:
  // Makes the file, 0600. `conflict` where it exists.
  static Result<std::unique_ptr<SqliteStore>> init(const std::string& path, SqliteOptions options = {});
  // `not-found` where there is none; `unsupported` names an unknown schema version.
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& path, SqliteOptions options = {});

  Result<void> put_relay(const RelayIdentity& identity) override;
  Result<RelayIdentity> relay() override;

  Result<void> add_tenant(const Tenant& tenant) override;
  Result<std::vector<Tenant>> list_tenants() override;
  Result<Tenant> tenant(std::string_view tenant) override;
  Result<void> set_org_statement(std::string_view tenant, std::uint64_t number, const std::string& statement) override;

  Result<void> add_user(std::string_view tenant, const User& user) override;
  Result<User> user(std::string_view tenant, std::string_view id) override;
  Result<User> find_user(std::string_view tenant, std::string_view email) override;
  Result<std::vector<User>> list_users(std::string_view tenant) override;
  Result<void> set_role(std::string_view tenant, std::string_view id, Role role) override;
  Result<void> set_password(std::string_view tenant, std::string_view id, const std::string& phc) override;
  Result<std::uint32_t> record_failure(std::string_view tenant, std::string_view id) override;
  Result<void> clear_failures(std::string_view tenant, std::string_view id) override;

  Result<void> add_device(std::string_view tenant, const Device& device) override;
  Result<Device> find_device(std::string_view tenant, const PublicKey& sign_key) override;
  Result<std::vector<Device>> list_devices(std::string_view tenant, std::string_view user) override;
  Result<void> set_device_used(std::string_view tenant, std::string_view id, WallTime when) override;
  Result<void> remove_device(std::string_view tenant, std::string_view id) override;

  Result<void> add_agent(std::string_view tenant, const Agent& agent) override;
  Result<Agent> agent(std::string_view tenant, const AgentId& id) override;
  Result<Agent> find_agent(std::string_view tenant, std::string_view text) override;
  Result<Agent> find_agent_by_key(std::string_view tenant, const PublicKey& sign_key) override;
  Result<std::vector<Agent>> list_agents(std::string_view tenant) override;
  Result<void> set_last_seen(std::string_view tenant, const AgentId& id, WallTime when) override;
  Result<void> set_agent_version(std::string_view tenant, const AgentId& id, const std::string& os,
                                 const std::string& version) override;
  Result<void> set_certificate(std::string_view tenant, const AgentId& id, const std::string& certificate) override;
  Result<void> rename_agent(std::string_view tenant, const AgentId& id, const std::string& name,
                            const std::string& certificate) override;
  Result<void> set_tags(std::string_view tenant, const AgentId& id, const Tags& tags, const std::string& certificate) override;
  Result<void> remove_agent(std::string_view tenant, const AgentId& id) override;
  Result<InstanceVerdict> commit_instance(std::string_view tenant, const AgentId& id, const std::optional<Instance>& last,
                                          const Instance& next) override;

  Result<void> add_token(std::string_view tenant, const EnrolmentToken& token) override;
  Result<std::vector<EnrolmentToken>> list_tokens(std::string_view tenant) override;
  Result<void> revoke_token(std::string_view tenant, const PublicKey& key) override;
  Result<FoundToken> find_token(const PublicKey& key) override;
  Result<void> enrol_agent(std::string_view tenant, const Agent& agent, WallTime now, const AuditRecord& record) override;
  Result<FoundToken> use_token(const PublicKey& key, WallTime now) override;

  Result<std::vector<AuditRecord>> append_audit(std::span<const AuditRecord> records) override;
  Result<std::vector<AuditRecord>> list_audit(std::string_view tenant, const AuditQuery& query) override;
  Result<std::vector<std::string>> audit_writers(std::string_view tenant) override;
  Result<AuditHead> audit_head(std::string_view tenant, std::string_view writer) override;
  Result<AuditHead> verify_audit(std::string_view tenant, std::string_view writer) override;

 private:
  explicit SqliteStore(sqlite::Database database) : database_(std::move(database)) {}
  static Result<std::unique_ptr<SqliteStore>> connect(const std::string& path, const SqliteOptions& options);
  Result<void> check_schema();
  // `not-found` where the last statement changed no row.
  Result<void> changed_one(std::string_view what, std::string_view which);
  // These want a transaction around them.
  Result<FoundToken> take_use(const PublicKey& key, WallTime now);
  Result<std::vector<AuditRecord>> append_sealed(std::span<const AuditRecord> records);

  Result<std::vector<AuditRecord>> append_in_transaction(std::span<const AuditRecord> records);
  Result<void> enrol_in_transaction(std::string_view tenant, const Agent& agent, WallTime now, const AuditRecord& record);
  Result<void> insert_audit(const AuditRecord& record);

  sqlite::Database database_;
};

} // namespace rs::store
