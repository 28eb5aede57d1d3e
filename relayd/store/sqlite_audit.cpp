#include "relayd/store/columns.hpp"
#include "relayd/store/sqlite_store.hpp"

#include "describe/node.hpp"

// The audit: one chain per (tenant, writer), sealed by session/audit_chain.
namespace rs::store {
namespace {

constexpr std::size_t kVerifyAtOnce = 1000; // records in memory while a chain is walked
constexpr std::size_t kMaxListed = 10'000;

#define AUDIT_COLUMNS "tenant, writer, seq, time, actor, action, target, session, detail, prev_hash, hash"

Result<AuditRecord> read_record(const sqlite::Query& row) {
  AuditRecord record;
  record.tenant = row.text(0);
  record.writer = row.text(1);
  record.seq = static_cast<std::uint64_t>(row.integer(2));
  const auto broken = [&](std::string_view column) {
    return fail(Errc::integrity, "audit record " + std::to_string(record.seq) + " is altered: " + std::string(column));
  };
  record.time = row.time(3);
  record.actor = row.text(4);
  record.action = row.text(5);
  record.target = row.text(6);
  if (!row.is_null(7)) {
    auto session = SessionId::parse(row.text(7));
    if (!session) return broken("session");
    record.session = std::move(*session);
  }
  auto detail = describe::parse_json(row.text(8));
  if (!detail) return broken("detail");
  record.detail = std::move(*detail);
  record.prev = row.text(9);
  record.hash = row.text(10);
  return record;
}

} // namespace

Result<void> SqliteStore::insert_audit(const AuditRecord& record) {
  std::optional<std::string> session;
  if (record.session) session = record.session->text();
  auto query = database_.query("INSERT INTO audit (" AUDIT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", record.tenant,
                               record.writer, record.seq, record.time, record.actor, record.action, record.target, session,
                               describe::write_json(record.detail), record.prev, record.hash);
  return query.run();
}

Result<std::vector<AuditRecord>> SqliteStore::append_in_transaction(std::span<const AuditRecord> records) {
  sqlite::Transaction transaction(database_);
  RS_CHECK(transaction.begin());
  RS_TRY(auto sealed, append_sealed(records));
  RS_CHECK(transaction.commit());
  return sealed;
}

Result<std::vector<AuditRecord>> SqliteStore::append_sealed(std::span<const AuditRecord> records) {
  std::map<std::pair<std::string, std::string>, AuditHead> heads;
  std::vector<AuditRecord> sealed(records.begin(), records.end());
  for (auto& record : sealed) {
    const auto [head, is_first] = heads.try_emplace({record.tenant, record.writer});
    if (is_first) {
      RS_TRY(head->second, audit_head(record.tenant, record.writer));
    }
    RS_CHECK(session::seal_next(record, head->second));
    RS_CHECK(insert_audit(record));
  }
  return sealed;
}

Result<std::vector<AuditRecord>> SqliteStore::append_audit(std::span<const AuditRecord> records) {
  return told_as_audit(append_in_transaction(records));
}

Result<std::vector<AuditRecord>> SqliteStore::list_audit(std::string_view tenant, const AuditQuery& filter) {
  auto query = database_.query("SELECT " AUDIT_COLUMNS
                               " FROM audit WHERE tenant = ?1 AND writer = ?2 AND seq > ?3 "
                               "AND (?4 IS NULL OR time >= ?4) AND (?5 IS NULL OR actor = ?5) AND (?6 IS NULL OR action = ?6) "
                               "ORDER BY seq LIMIT ?7",
                               tenant, filter.writer, filter.after_seq, filter.since, filter.actor, filter.action,
                               static_cast<std::int64_t>(std::min(filter.limit, kMaxListed)));
  return read_all(query, read_record);
}

Result<std::vector<std::string>> SqliteStore::audit_writers(std::string_view tenant) {
  auto query = database_.query("SELECT DISTINCT writer FROM audit WHERE tenant = ? ORDER BY writer", tenant);
  const auto read = +[](const sqlite::Query& row) { return Result<std::string>(row.text(0)); };
  return read_all(query, read);
}

Result<AuditHead> SqliteStore::audit_head(std::string_view tenant, std::string_view writer) {
  auto query =
      database_.query("SELECT seq, hash FROM audit WHERE tenant = ? AND writer = ? ORDER BY seq DESC LIMIT 1", tenant, writer);
  RS_TRY(const bool found, query.step());
  if (!found) return AuditHead{};
  return AuditHead{static_cast<std::uint64_t>(query.integer(0)), query.text(1)};
}

Result<AuditHead> SqliteStore::verify_audit(std::string_view tenant, std::string_view writer) {
  AuditHead head;
  for (;;) {
    const AuditQuery next{.writer = std::string(writer), .after_seq = head.seq, .limit = kVerifyAtOnce};
    RS_TRY(const auto records, list_audit(tenant, next));
    if (records.empty()) return head;
    RS_TRY(head, session::verify_chain(records, head));
  }
}

} // namespace rs::store
