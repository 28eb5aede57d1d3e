#include "relayd/store/sqlite.hpp"

#include "base/assert.hpp"
#include "base/handle.hpp"

#include <sqlite3.h>

#include <unordered_map>

namespace rs::store::sqlite {
namespace {

Errc code_of(int sqlite_error) {
  switch (sqlite_error & 0xff) {
    case SQLITE_FULL: return Errc::no_space;
    case SQLITE_CONSTRAINT: return sqlite_error == SQLITE_CONSTRAINT_FOREIGNKEY ? Errc::not_found : Errc::conflict;
    case SQLITE_CANTOPEN: return Errc::not_found;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH: return Errc::permission;
    case SQLITE_TOOBIG: return Errc::limit;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE: return Errc::internal;
    default: return Errc::io;
  }
}

Error error_of(sqlite3* db) { return fail(code_of(sqlite3_extended_errcode(db)), std::string("store: ") + sqlite3_errmsg(db)); }

} // namespace

struct Query::Statement {
  sqlite3* db;
  Handle<sqlite3_stmt, sqlite3_finalize> handle;
  std::optional<Error> error; // of preparing or binding

  void note(int result) {
    if (result != SQLITE_OK && !error) error = error_of(db);
  }
};

Query::~Query() {
  if (statement_ == nullptr || !statement_->handle) return;
  sqlite3_reset(statement_->handle.get());
  sqlite3_clear_bindings(statement_->handle.get());
  statement_->error.reset();
}

// SQLITE_TRANSIENT, as a cast that the C macro spells in a way C++ dislikes: SQLite copies at once.
static const auto kCopy = reinterpret_cast<sqlite3_destructor_type>(-1);

void Query::bind(std::string_view text) {
  const char* data = text.data() != nullptr ? text.data() : "";
  statement_->note(sqlite3_bind_text64(statement_->handle.get(), ++next_, data, text.size(), kCopy, SQLITE_UTF8));
}

void Query::bind(ByteView blob) {
  static constexpr std::uint8_t kNothing = 0;
  const void* data = blob.data() != nullptr ? blob.data() : &kNothing; // a null pointer would bind NULL
  statement_->note(sqlite3_bind_blob64(statement_->handle.get(), ++next_, data, blob.size(), kCopy));
}

void Query::bind(std::int64_t number) { statement_->note(sqlite3_bind_int64(statement_->handle.get(), ++next_, number)); }

void Query::bind_null() { statement_->note(sqlite3_bind_null(statement_->handle.get(), ++next_)); }

Result<bool> Query::step() {
  if (statement_->error) return *statement_->error;
  const int result = sqlite3_step(statement_->handle.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return error_of(statement_->db);
}

Result<void> Query::run() {
  for (;;) {
    RS_TRY(const bool row, step());
    if (!row) return {};
  }
}

bool Query::is_null(int column) const { return sqlite3_column_type(statement_->handle.get(), column) == SQLITE_NULL; }

std::string Query::text(int column) const {
  const auto* data = sqlite3_column_text(statement_->handle.get(), column);
  const int size = sqlite3_column_bytes(statement_->handle.get(), column);
  return data == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
}

Bytes Query::blob(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_->handle.get(), column));
  const int size = sqlite3_column_bytes(statement_->handle.get(), column);
  return data == nullptr ? Bytes() : Bytes(data, data + size);
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_->handle.get(), column); }

struct Database::Impl {
  Handle<sqlite3, sqlite3_close_v2> db;
  std::unordered_map<const char*, Query::Statement> statements; // gone before db
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;

Result<Database> Database::open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  auto impl = std::make_unique<Impl>();
  impl->db.reset(raw);
  if (result != SQLITE_OK) return within(path, raw != nullptr ? error_of(raw) : fail(Errc::io, "store: out of memory"));
  sqlite3_extended_result_codes(raw, 1);
  return Database(std::move(impl));
}

Result<void> Database::execute(const char* script) {
  if (sqlite3_exec(impl_->db.get(), script, nullptr, nullptr, nullptr) != SQLITE_OK) return error_of(impl_->db.get());
  return {};
}

Query::Statement& Database::prepared(const char* sql) {
  const auto [at, inserted] = impl_->statements.try_emplace(sql);
  auto& statement = at->second;
  if (statement.handle) return statement;
  statement.db = impl_->db.get();
  sqlite3_stmt* raw = nullptr;
  const int result = sqlite3_prepare_v3(statement.db, sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  statement.handle.reset(raw);
  statement.error.reset();
  statement.note(result);
  return statement;
}

std::int64_t Database::changed_rows() const { return sqlite3_changes64(impl_->db.get()); }

Transaction::~Transaction() {
  if (open_) static_cast<void>(database_.execute("ROLLBACK"));
}

Result<void> Transaction::begin() {
  RS_CHECK(database_.execute("BEGIN IMMEDIATE"));
  open_ = true;
  return {};
}

Result<void> Transaction::commit() {
  RS_ASSERT(open_);
  RS_CHECK(database_.execute("COMMIT"));
  open_ = false;
  return {};
}

} // namespace rs::store::sqlite
