#include "base/assert.hpp"
#include "relayd/store/columns.hpp"
#include "relayd/store/sqlite_store.hpp"
#include "wire/limits.hpp"

// Agents, their instances, and the tokens that enrol them.
namespace rs::store {
namespace {

#define AGENT_COLUMNS                                                                                         \
  "id, name, tags, sign_key, noise_key, os, version, certificate, ephemeral, enrolled_by, instance_counter, " \
  "instance_random, next_counter, next_random, enrolled_at, last_seen"

std::optional<Instance> read_instance(const sqlite::Query& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return Instance{static_cast<std::uint64_t>(row.integer(column)), row.blob(column + 1)};
}

std::optional<std::uint64_t> counter_of(const std::optional<Instance>& instance) {
  if (!instance) return std::nullopt;
  return instance->counter;
}

std::optional<Bytes> random_of(const std::optional<Instance>& instance) {
  if (!instance) return std::nullopt;
  return instance->random;
}

Result<Agent> read_agent(const sqlite::Query& row) {
  Agent agent;
  RS_TRY(agent.id, AgentId::parse(row.text(0)));
  agent.name = row.text(1);
  RS_TRY(agent.tags, tags_column(row, 2));
  RS_TRY(agent.sign_key, key_column(row, 3));
  RS_TRY(agent.noise_key, key_column(row, 4));
  agent.os = row.text(5);
  agent.version = row.text(6);
  agent.certificate = row.text(7);
  agent.ephemeral = row.integer(8) != 0;
  if (!row.is_null(9)) {
    RS_TRY(agent.enrolled_by, key_column(row, 9));
  }
  agent.instance = read_instance(row, 10);
  agent.next_instance = read_instance(row, 12);
  agent.enrolled_at = row.time(14);
  agent.last_seen = row.optional_time(15);
  return agent;
}

#define TOKEN_COLUMNS "public_key, label, tags, allow, uses_left, expires, ephemeral, created_by"

Result<EnrolmentToken> read_token(const sqlite::Query& row) {
  EnrolmentToken token;
  RS_TRY(token.public_key, key_column(row, 0));
  token.label = row.text(1);
  RS_TRY(token.tags, tags_column(row, 2));
  RS_TRY(token.allow, permissions_column(row, 3));
  token.uses_left = static_cast<std::uint32_t>(row.integer(4));
  token.expires = row.time(5);
  token.ephemeral = row.integer(6) != 0;
  token.created_by = row.text(7);
  return token;
}

Result<FoundToken> read_found_token(const sqlite::Query& row) {
  RS_TRY(auto token, read_token(row));
  return FoundToken{row.text(8), std::move(token)};
}

Error no_agent(std::string_view which) { return fail(Errc::not_found, "no agent '" + std::string(which) + "'"); }

// What an agent's hello means, given what is stored of it. The agent's `last` is the newest instance whose welcome it
// saw; one that is not stored here proves nothing, however high it counts: whoever holds an old image may say anything.
InstanceVerdict judge(const Agent& stored, const std::optional<Instance>& last, const Instance& next) {
  const auto newest = stored.next_instance ? stored.next_instance : stored.instance;
  if (last == newest) return InstanceVerdict::accepted;
  if (stored.next_instance == next && stored.instance == last) return InstanceVerdict::offered_again;
  return InstanceVerdict::copy;
}

} // namespace

Result<void> SqliteStore::add_agent(std::string_view tenant, const Agent& agent) {
  auto query = database_.query(
      "INSERT INTO agents (tenant, " AGENT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", tenant,
      agent.id.text(), agent.name, tags_text(agent.tags), agent.sign_key, agent.noise_key, agent.os, agent.version,
      agent.certificate, agent.ephemeral, agent.enrolled_by, counter_of(agent.instance), random_of(agent.instance),
      counter_of(agent.next_instance), random_of(agent.next_instance), agent.enrolled_at, agent.last_seen);
  return query.run();
}

Result<Agent> SqliteStore::agent(std::string_view tenant, const AgentId& id) {
  auto query = database_.query("SELECT " AGENT_COLUMNS " FROM agents WHERE tenant = ? AND id = ?", tenant, id.text());
  return read_one(query, read_agent, "agent", id.text());
}

Result<Agent> SqliteStore::find_agent(std::string_view tenant, std::string_view text) {
  auto named = database_.query("SELECT " AGENT_COLUMNS " FROM agents WHERE tenant = ? AND name = ?", tenant, text);
  RS_TRY(const bool found, named.step());
  if (found) return read_agent(named);
  if (!text.starts_with("a-")) return no_agent(text);
  if (text.size() < wire::kLeastIdPrefix)
    return fail(Errc::not_found, "no agent '" + std::string(text) + "'; the beginning of an id has at least " +
                                     std::to_string(wire::kLeastIdPrefix) + " characters");
  // '{' stands behind every character of an id.
  auto prefixed = database_.query("SELECT " AGENT_COLUMNS " FROM agents WHERE tenant = ? AND id >= ? AND id < ? || '{' LIMIT 2",
                                  tenant, text, text);
  RS_TRY(auto agents, read_all(prefixed, read_agent));
  if (agents.empty()) return no_agent(text);
  if (agents.size() > 1) return fail(Errc::conflict, "more than one agent's id begins with '" + std::string(text) + "'");
  return std::move(agents.front());
}

Result<Agent> SqliteStore::find_agent_by_key(std::string_view tenant, const PublicKey& sign_key) {
  auto query = database_.query("SELECT " AGENT_COLUMNS " FROM agents WHERE tenant = ? AND sign_key = ?", tenant, sign_key);
  return read_one(query, read_agent, "agent with key", hex(sign_key));
}

Result<std::vector<Agent>> SqliteStore::list_agents(std::string_view tenant) {
  auto query = database_.query("SELECT " AGENT_COLUMNS " FROM agents WHERE tenant = ? ORDER BY name", tenant);
  return read_all(query, read_agent);
}

Result<void> SqliteStore::set_last_seen(std::string_view tenant, const AgentId& id, WallTime when) {
  auto query = database_.query("UPDATE agents SET last_seen = ? WHERE tenant = ? AND id = ?", when, tenant, id.text());
  RS_CHECK(query.run());
  return changed_one("agent", id.text());
}

Result<void> SqliteStore::set_agent_version(std::string_view tenant, const AgentId& id, const std::string& os,
                                            const std::string& version) {
  auto query =
      database_.query("UPDATE agents SET os = ?, version = ? WHERE tenant = ? AND id = ?", os, version, tenant, id.text());
  RS_CHECK(query.run());
  return changed_one("agent", id.text());
}

Result<void> SqliteStore::set_certificate(std::string_view tenant, const AgentId& id, const std::string& certificate) {
  auto query = database_.query("UPDATE agents SET certificate = ? WHERE tenant = ? AND id = ?", certificate, tenant, id.text());
  RS_CHECK(query.run());
  return changed_one("agent", id.text());
}

Result<void> SqliteStore::rename_agent(std::string_view tenant, const AgentId& id, const std::string& name,
                                       const std::string& certificate) {
  auto query = database_.query("UPDATE agents SET name = ?, certificate = ? WHERE tenant = ? AND id = ?", name, certificate,
                               tenant, id.text());
  RS_CHECK(query.run());
  return changed_one("agent", id.text());
}

Result<void> SqliteStore::set_tags(std::string_view tenant, const AgentId& id, const Tags& tags, const std::string& certificate) {
  auto query = database_.query("UPDATE agents SET tags = ?, certificate = ? WHERE tenant = ? AND id = ?", tags_text(tags),
                               certificate, tenant, id.text());
  RS_CHECK(query.run());
  return changed_one("agent", id.text());
}

Result<void> SqliteStore::remove_agent(std::string_view tenant, const AgentId& id) {
  auto query = database_.query("DELETE FROM agents WHERE tenant = ? AND id = ?", tenant, id.text());
  RS_CHECK(query.run());
  return changed_one("agent", id.text());
}

Result<InstanceVerdict> SqliteStore::commit_instance(std::string_view tenant, const AgentId& id,
                                                     const std::optional<Instance>& last, const Instance& next) {
  if (next.counter <= (last ? last->counter : 0)) return fail(Errc::invalid, "instance: the next counter is not above the last");
  sqlite::Transaction transaction(database_);
  RS_CHECK(transaction.begin());
  RS_TRY(const auto stored, agent(tenant, id));
  const auto verdict = judge(stored, last, next);
  if (verdict != InstanceVerdict::accepted) return verdict;
  auto query = database_.query(
      "UPDATE agents SET instance_counter = ?, instance_random = ?, next_counter = ?, next_random = ? WHERE tenant = ? AND id = "
      "?",
      counter_of(last), random_of(last), next.counter, next.random, tenant, id.text());
  RS_CHECK(query.run());
  RS_CHECK(transaction.commit());
  return verdict;
}

Result<void> SqliteStore::add_token(std::string_view tenant, const EnrolmentToken& token) {
  auto query = database_.query("INSERT INTO enroll_tokens (tenant, " TOKEN_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", tenant,
                               token.public_key, token.label, tags_text(token.tags), permissions_text(token.allow),
                               static_cast<std::int64_t>(token.uses_left), token.expires, token.ephemeral, token.created_by);
  return query.run();
}

Result<std::vector<EnrolmentToken>> SqliteStore::list_tokens(std::string_view tenant) {
  auto query = database_.query("SELECT " TOKEN_COLUMNS " FROM enroll_tokens WHERE tenant = ? ORDER BY expires, label", tenant);
  return read_all(query, read_token);
}

Result<void> SqliteStore::revoke_token(std::string_view tenant, const PublicKey& key) {
  auto query = database_.query("DELETE FROM enroll_tokens WHERE tenant = ? AND public_key = ?", tenant, key);
  RS_CHECK(query.run());
  return changed_one("enrolment token", hex(key));
}

Result<FoundToken> SqliteStore::find_token(const PublicKey& key) {
  auto query = database_.query("SELECT " TOKEN_COLUMNS ", tenant FROM enroll_tokens WHERE public_key = ?", key);
  return read_one(query, read_found_token, "enrolment token", hex(key));
}

Result<void> SqliteStore::enrol_in_transaction(std::string_view tenant, const Agent& agent, WallTime now,
                                               const AuditRecord& record) {
  sqlite::Transaction transaction(database_);
  RS_CHECK(transaction.begin());
  RS_TRY(const auto used, take_use(*agent.enrolled_by, now));
  if (used.tenant != tenant) return fail(Errc::not_found, "no enrolment token '" + hex(*agent.enrolled_by) + "'");
  RS_CHECK(add_agent(tenant, agent));
  RS_CHECK(append_sealed({&record, 1}));
  return transaction.commit();
}

Result<void> SqliteStore::enrol_agent(std::string_view tenant, const Agent& agent, WallTime now, const AuditRecord& record) {
  RS_ASSERT(agent.enrolled_by);
  return told_as_audit(enrol_in_transaction(tenant, agent, now, record));
}

Result<FoundToken> SqliteStore::use_token(const PublicKey& key, WallTime now) {
  sqlite::Transaction transaction(database_);
  RS_CHECK(transaction.begin());
  RS_TRY(auto found, take_use(key, now));
  RS_CHECK(transaction.commit());
  return found;
}

Result<FoundToken> SqliteStore::take_use(const PublicKey& key, WallTime now) {
  RS_TRY(auto found, find_token(key));
  if (now >= found.token.expires) return fail(Errc::expired, "the enrolment token expired at " + to_rfc3339(found.token.expires));
  if (found.token.uses_left == 0) return fail(Errc::conflict, "the enrolment token is used up");
  auto query = database_.query("UPDATE enroll_tokens SET uses_left = uses_left - 1 WHERE public_key = ?", key);
  RS_CHECK(query.run());
  --found.token.uses_left;
  return found;
}

} // namespace rs::store
