#pragma once

#include "relayd/store/sqlite.hpp"
#include "relayd/store/store.hpp"

// How values stand in a column: keys as blobs, enums by name, lists and maps as JSON.
namespace rs::store {

Result<PublicKey> key_column(const sqlite::Query& query, int column);
std::string role_text(Role role);
Result<Role> role_column(const sqlite::Query& query, int column);
std::string mode_text(TenantMode mode);
Result<TenantMode> mode_column(const sqlite::Query& query, int column);
std::string tags_text(const Tags& tags);
Result<Tags> tags_column(const sqlite::Query& query, int column);
std::string permissions_text(const std::vector<Permission>& permissions);
Result<std::vector<Permission>> permissions_column(const sqlite::Query& query, int column);

// A failure of the storage under something that has to be recorded is `audit-unavailable`.
template <class T>
Result<T> told_as_audit(Result<T> result) {
  if (result) return result;
  const auto& why = result.error();
  if (why.code != Errc::no_space && why.code != Errc::io && why.code != Errc::permission) return result;
  return fail(Errc::audit_unavailable, "audit: " + why.message);
}

// All rows of a query, each read by `read`.
template <class Row>
Result<std::vector<Row>> read_all(sqlite::Query& query, Result<Row> (*read)(const sqlite::Query&)) {
  std::vector<Row> rows;
  for (;;) {
    RS_TRY(const bool more, query.step());
    if (!more) return rows;
    RS_TRY(auto row, read(query));
    rows.push_back(std::move(row));
  }
}

// The first row, or `not-found` with `what` and `which` in its message.
template <class Row>
Result<Row> read_one(sqlite::Query& query, Result<Row> (*read)(const sqlite::Query&), std::string_view what,
                     std::string_view which) {
  RS_TRY(const bool found, query.step());
  if (!found) return fail(Errc::not_found, "no " + std::string(what) + " '" + std::string(which) + "'");
  return read(query);
}

} // namespace rs::store
