#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// A narrow wrapper of SQLite: one connection, prepared statements, errors as Results. One thread.
namespace rs::store::sqlite {

// One run of a prepared statement. Values are bound in the order of their `?`; what goes wrong while binding is
// told by the next step. The statement is reset when this goes.
class Query {
 public:
  struct Statement;
  explicit Query(Statement& statement) : statement_(&statement) {}
  ~Query();
  Query(Query&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)), next_(other.next_) {}
  Query& operator=(Query&&) = delete;

  void bind(std::string_view text);
  void bind(const std::string& text) { bind(std::string_view(text)); }
  void bind(const char* text) { bind(std::string_view(text)); }
  void bind(ByteView blob);
  void bind(std::int64_t number);
  void bind(std::uint64_t number) { bind(static_cast<std::int64_t>(number)); } // kept in two's complement
  void bind(bool value) { bind(static_cast<std::int64_t>(value)); }
  void bind(WallTime time) { bind(static_cast<std::int64_t>(time.time_since_epoch().count())); }
  void bind_null();
  template <class T>
  void bind(const std::optional<T>& value) {
    if (value) bind(*value);
    else bind_null();
  }

  Result<bool> step(); // true: there is a row
  Result<void> run();  // to the end, rows are dropped

  // Columns of the current row, from 0.
  bool is_null(int column) const;
  std::string text(int column) const;
  Bytes blob(int column) const;
  std::int64_t integer(int column) const;
  WallTime time(int column) const { return WallTime(Millis(integer(column))); }
  std::optional<WallTime> optional_time(int column) const {
    if (is_null(column)) return std::nullopt;
    return time(column);
  }

 private:
  Statement* statement_;
  int next_ = 0;
};

class Database {
 public:
  // The file must exist (it may be empty). `not-found`, `permission`, `io` (no database).
  static Result<Database> open(const std::string& path);
  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;

  Result<void> execute(const char* script); // statements without parameters
  // `sql` is a string literal: its statement is prepared once and kept. A mistake in it shows at the first step.
  template <class... Values>
  Query query(const char* sql, const Values&... values) {
    Query query(prepared(sql));
    (query.bind(values), ...);
    return query;
  }
  std::int64_t changed_rows() const; // by the last statement that changed any

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  Query::Statement& prepared(const char* sql);
  std::unique_ptr<Impl> impl_;
};

// Rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Result<void> begin(); // takes the write lock at once
  Result<void> commit();

 private:
  Database& database_;
  bool open_ = false;
};

} // namespace rs::store::sqlite
