#include "relayd/store/sqlite_store.hpp"

#include "relayd/store/schema.hpp"

#include <cstdio>
#include <filesystem>

namespace rs::store {
namespace {

// Fails where the file exists; nobody else may ever read it, so its mode is set while it is empty. SQLite gives
// its side files the same mode.
Result<void> create_private_file(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "wx");
  if (file == nullptr) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return fail(Errc::conflict, path + ": exists already");
    return fail(Errc::io, path + ": cannot be made");
  }
  std::fclose(file);
  std::error_code error;
  using std::filesystem::perms;
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write, error);
  if (error) return fail(Errc::permission, path + ": " + error.message());
  return {};
}

void remove_files(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code ignored;
    std::filesystem::remove(path + suffix, ignored);
  }
}

Result<void> write_schema(sqlite::Database& database) {
  sqlite::Transaction transaction(database);
  RS_CHECK(transaction.begin());
  RS_CHECK(database.execute(kSchemaSql));
  return transaction.commit();
}

} // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::init(const std::string& path, SqliteOptions options) {
  RS_CHECK(create_private_file(path));
  auto store = connect(path, options);
  if (store) {
    if (const auto written = write_schema((*store)->database_); !written) store = written.error();
  }
  if (!store) remove_files(path);
  return store;
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path, SqliteOptions options) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return fail(Errc::not_found, path + ": there is no store; relayd init makes one");
  RS_TRY(auto store, connect(path, options));
  if (auto checked = store->check_schema(); !checked) return within(path, checked.error());
  return store;
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::connect(const std::string& path, const SqliteOptions& options) {
  RS_TRY(auto database, sqlite::Database::open(path));
  std::string settings = "PRAGMA busy_timeout=" + std::to_string(options.busy_timeout.count()) +
                         "; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;";
  if (options.max_pages) settings += "PRAGMA max_page_count=" + std::to_string(*options.max_pages) + ";";
  if (auto set = database.execute(settings.c_str()); !set) return within(path, set.error());
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(database)));
}

Result<void> SqliteStore::check_schema() {
  auto query = database_.query("SELECT schema_version FROM meta");
  const auto row = query.step();
  if (!row && row.error().code != Errc::internal) return row.error();
  if (!row || !*row) return fail(Errc::unsupported, "this is no store of relayd");
  const auto version = query.integer(0);
  if (version == kSchemaVersion) return {};
  return fail(Errc::unsupported,
              "schema version " + std::to_string(version) + "; this relayd knows version " + std::to_string(kSchemaVersion));
}

Result<void> SqliteStore::changed_one(std::string_view what, std::string_view which) {
  if (database_.changed_rows() > 0) return {};
  return fail(Errc::not_found, "no " + std::string(what) + " '" + std::string(which) + "'");
}

} // namespace rs::store
