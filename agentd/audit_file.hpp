#pragma once

#include "session/audit_chain.hpp"

#include <memory>
#include <string>

namespace rs::agent {

// The agent's own audit: one JSON line a record, one chain, in a file (0600) that only this object writes. Blocking;
// one thread.
class AuditFile {
 public:
  // Makes the file where there is none. A last line that was torn off by a crash was never answered: it is cut off,
  // with a log event. `integrity`: the last whole line is no sealed record. `audit-unavailable`: cannot be opened.
  static Result<std::unique_ptr<AuditFile>> open(const std::string& path);
  ~AuditFile();
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;

  // Seals the record behind the head; on the disk before this returns. `audit-unavailable` (a full disk): nothing was
  // written and the head stays. `limit`: a field is too long.
  Result<session::AuditRecord> append(session::AuditRecord record);
  const session::AuditHead& head() const { return head_; }

  // Walks a whole file: its head, or `integrity` naming the record.
  static Result<session::AuditHead> verify(const std::string& path);

 private:
  AuditFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  Result<void> find_head();
  Result<void> cut_to(std::int64_t size);
  Result<void> write_line(const std::string& line);

  std::string path_;
  int fd_;
  std::int64_t size_ = 0; // up to the end of the last whole line
  session::AuditHead head_;
};

} // namespace rs::agent
