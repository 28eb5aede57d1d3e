#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "crypto/keys.hpp"
#include "sealed/documents.hpp"
#include "session/audit_chain.hpp"
#include "wire/vocabulary.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What relayd remembers. Rows are plain structs; keys that must stay secret come in and go out encrypted (the
// caller's business). Times and ids are the caller's too: a store has no clock and no randomness.
namespace rs::store {

using crypto::PublicKey;
using sealed::Instance;
using sealed::TenantMode;
using session::AuditHead;
using session::AuditRecord;
using Tags = std::map<std::string, std::string>;

struct RelayIdentity {
  PublicKey key;
  Bytes sealed_key; // Ed25519 seed, encrypted
  std::optional<PublicKey> successor;
  Bytes sealed_successor;
  std::uint64_t statement_number = 0;
};

struct Tenant {
  std::string id;
  std::string name; // unique in the relay
  TenantMode mode = TenantMode::managed;
  std::string org_fingerprint;
  std::string org_statement; // JWS
  std::uint64_t statement_number = 0;
  Bytes sealed_issuer_key; // encrypted; empty in locked tenants
};

struct User {
  std::string id;
  std::string email; // unique in the tenant without regard to ASCII case
  std::string name;
  Role role = Role::technician;
  std::string password_phc;
  std::uint32_t failed_count = 0;
  WallTime created;
};

struct Device {
  std::string id;
  std::string user; // a user's id
  PublicKey sign_key;
  PublicKey noise_key;
  WallTime created;
  std::optional<WallTime> last_used;
};

struct Agent {
  AgentId id;
  std::string name; // unique in the tenant
  Tags tags;
  PublicKey sign_key;
  PublicKey noise_key;
  std::string os;
  std::string version;
  std::string certificate; // JWS
  bool ephemeral = false;
  std::optional<PublicKey> enrolled_by;  // the enrolment token's key
  std::optional<Instance> instance;      // the last that the agent is known to have acknowledged
  std::optional<Instance> next_instance; // committed, its acknowledgement not yet seen
  WallTime enrolled_at;
  std::optional<WallTime> last_seen;
};

struct EnrolmentToken {
  PublicKey public_key;
  std::string label;
  Tags tags;
  std::vector<Permission> allow;
  std::uint32_t uses_left = 1;
  WallTime expires;
  bool ephemeral = false;
  std::string created_by; // a user's id
};

// A token names its tenant: the only way in without one.
struct FoundToken {
  std::string tenant;
  EnrolmentToken token;
};

enum class InstanceVerdict {
  accepted,      // moved on to `next`
  offered_again, // `next` was committed before, its welcome got lost
  copy,          // an older instance, another successor of the same one, or one that is not known here: a clone
};

struct AuditQuery {
  std::string writer; // one chain
  std::optional<WallTime> since;
  std::optional<std::string> actor;
  std::optional<std::string> action;
  std::uint64_t after_seq = 0;
  std::size_t limit = 100;
};

// Blocking; used by one worker thread only (StoreWorker). Every call below names the tenant, and a row of another
// tenant is `not-found`. A key or name taken is `conflict`. A disk that is full is `no-space`, any other failure
// of the storage is `io`; what a failed call wrote is rolled back.
class Store {
 public:
  virtual ~Store() = default;

  virtual Result<void> put_relay(const RelayIdentity& identity) = 0; // makes or replaces
  virtual Result<RelayIdentity> relay() = 0;

  virtual Result<void> add_tenant(const Tenant& tenant) = 0;
  virtual Result<std::vector<Tenant>> list_tenants() = 0;
  virtual Result<Tenant> tenant(std::string_view tenant) = 0;
  // `conflict` unless `number` is above the one stored.
  virtual Result<void> set_org_statement(std::string_view tenant, std::uint64_t number, const std::string& statement) = 0;

  virtual Result<void> add_user(std::string_view tenant, const User& user) = 0;
  virtual Result<User> user(std::string_view tenant, std::string_view id) = 0;
  virtual Result<User> find_user(std::string_view tenant, std::string_view email) = 0;
  virtual Result<std::vector<User>> list_users(std::string_view tenant) = 0; // by e-mail address
  virtual Result<void> set_role(std::string_view tenant, std::string_view id, Role role) = 0;
  virtual Result<void> set_password(std::string_view tenant, std::string_view id, const std::string& phc) = 0;
  virtual Result<std::uint32_t> record_failure(std::string_view tenant, std::string_view id) = 0; // the new count
  virtual Result<void> clear_failures(std::string_view tenant, std::string_view id) = 0;

  virtual Result<void> add_device(std::string_view tenant, const Device& device) = 0; // its user must exist
  virtual Result<Device> find_device(std::string_view tenant, const PublicKey& sign_key) = 0;
  virtual Result<std::vector<Device>> list_devices(std::string_view tenant, std::string_view user) = 0;
  virtual Result<void> set_device_used(std::string_view tenant, std::string_view id, WallTime when) = 0;
  virtual Result<void> remove_device(std::string_view tenant, std::string_view id) = 0;

  virtual Result<void> add_agent(std::string_view tenant, const Agent& agent) = 0;
  virtual Result<Agent> agent(std::string_view tenant, const AgentId& id) = 0;
  // By name, id or unique id prefix; a prefix of several is `conflict`.
  virtual Result<Agent> find_agent(std::string_view tenant, std::string_view text) = 0;
  virtual Result<Agent> find_agent_by_key(std::string_view tenant, const PublicKey& sign_key) = 0;
  virtual Result<std::vector<Agent>> list_agents(std::string_view tenant) = 0; // by name
  virtual Result<void> set_last_seen(std::string_view tenant, const AgentId& id, WallTime when) = 0;
  virtual Result<void> set_agent_version(std::string_view tenant, const AgentId& id, const std::string& os,
                                         const std::string& version) = 0;
  // Name and tags stand in the certificate, so they change only with it.
  virtual Result<void> set_certificate(std::string_view tenant, const AgentId& id, const std::string& certificate) = 0;
  virtual Result<void> rename_agent(std::string_view tenant, const AgentId& id, const std::string& name,
                                    const std::string& certificate) = 0;
  virtual Result<void> set_tags(std::string_view tenant, const AgentId& id, const Tags& tags, const std::string& certificate) = 0;
  virtual Result<void> remove_agent(std::string_view tenant, const AgentId& id) = 0;
  // An agent says hello with the instance that it last saw acknowledged and the one it offers now; on disk before
  // this returns. `invalid`: `next` is not above `last`.
  virtual Result<InstanceVerdict> commit_instance(std::string_view tenant, const AgentId& id, const std::optional<Instance>& last,
                                                  const Instance& next) = 0;

  virtual Result<void> add_token(std::string_view tenant, const EnrolmentToken& token) = 0;
  virtual Result<std::vector<EnrolmentToken>> list_tokens(std::string_view tenant) = 0; // by expiry
  virtual Result<void> revoke_token(std::string_view tenant, const PublicKey& key) = 0;
  virtual Result<FoundToken> find_token(const PublicKey& key) = 0;
  // An agent made by a token (`agent.enrolled_by`), in one transaction: a use is taken, the agent added, the record
  // appended; all or none. As use_token(), add_agent() and append_audit(); a token of another tenant is `not-found`.
  virtual Result<void> enrol_agent(std::string_view tenant, const Agent& agent, WallTime now, const AuditRecord& record) = 0;
  // Takes one use, atomically. `not-found`, `expired`, or `conflict` where it is used up.
  virtual Result<FoundToken> use_token(const PublicKey& key, WallTime now) = 0;

  // Seals the records behind the heads of their chains, in this order, in one transaction: all or none. The
  // records come back with seq, prev and hash. Any failure of the storage is `audit-unavailable`; `limit` names
  // a field that is too long.
  virtual Result<std::vector<AuditRecord>> append_audit(std::span<const AuditRecord> records) = 0;
  virtual Result<std::vector<AuditRecord>> list_audit(std::string_view tenant, const AuditQuery& query) = 0; // by seq
  virtual Result<std::vector<std::string>> audit_writers(std::string_view tenant) = 0;
  virtual Result<AuditHead> audit_head(std::string_view tenant, std::string_view writer) = 0;
  // Walks the whole chain from its first record: its head, or `integrity` naming the seq.
  virtual Result<AuditHead> verify_audit(std::string_view tenant, std::string_view writer) = 0;
};

} // namespace rs::store
