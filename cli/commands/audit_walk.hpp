#pragma once

#include "session/audit_chain.hpp"

#include <span>
#include <string>

namespace rs::cli {

// A whole chain, page by page, held against what the relay says is its end and against the end that an earlier walk
// remembered: a cut tail and a history that was written anew are found by these two only.
class AuditWalk {
 public:
  AuditWalk(session::AuditHead claimed, session::AuditHead remembered, std::string tenant, std::string writer);

  // The records that follow. `integrity` names the first that is wrong.
  Result<void> take(std::span<const session::AuditRecord> records);
  // After the last: `integrity` where the chain is shorter than either head.
  Result<void> finish() const;
  const session::AuditHead& head() const { return head_; }

 private:
  Result<void> compare(const session::AuditRecord& record, const session::AuditHead& head, std::string_view whose) const;

  session::AuditHead claimed_;
  session::AuditHead remembered_;
  std::string tenant_;
  std::string writer_;
  session::AuditHead head_;
};

} // namespace rs::cli
