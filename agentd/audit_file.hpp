#pragma once

#include "agentd/services/append_file.hpp"
#include "session/audit_chain.hpp"

#include <string>

namespace rs::agent {

// The agent's own audit: one JSON line a record, one chain, in a file (0600) that only this object writes. Blocking;
// one thread.
class AuditFile {
 public:
  // Makes the file where there is none. A last line that was torn off by a crash was never answered: it is cut off,
  // with a log event. `integrity`: the last whole line is no sealed record. `audit-unavailable`: cannot be opened.
  static Result<AuditFile> open(const std::string& path);

  // Seals the record behind the head; on the disk before this returns. `audit-unavailable` (a full disk): nothing was
  // written and the head stays. `limit`: a field is too long.
  Result<session::AuditRecord> append(session::AuditRecord record);
  const session::AuditHead& head() const { return head_; }

  // Walks a whole file: its head, or `integrity` naming the record.
  static Result<session::AuditHead> verify(const std::string& path);

 private:
  explicit AuditFile(AppendFile file) : file_(std::move(file)) {}
  Result<void> find_head(const std::string& path);

  AppendFile file_;
  session::AuditHead head_;
};

} // namespace rs::agent
