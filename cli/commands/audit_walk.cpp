#include "cli/commands/audit_walk.hpp"

namespace rs::cli {

AuditWalk::AuditWalk(session::AuditHead claimed, session::AuditHead remembered, std::string tenant, std::string writer)
    : claimed_(std::move(claimed)), remembered_(std::move(remembered)), tenant_(std::move(tenant)), writer_(std::move(writer)) {}

Result<void> AuditWalk::take(std::span<const session::AuditRecord> records) {
  for (const auto& record : records) {
    if (record.tenant != tenant_ || record.writer != writer_)
      return fail(Errc::integrity, "audit record " + std::to_string(record.seq) + " is of another tenant or writer");
  }
  RS_TRY(const auto head, session::verify_chain(records, head_));
  for (const auto& record : records) {
    RS_CHECK(compare(record, claimed_, "the relay's own head"));
    RS_CHECK(compare(record, remembered_, "what was verified earlier"));
  }
  head_ = head;
  return {};
}

Result<void> AuditWalk::compare(const session::AuditRecord& record, const session::AuditHead& head,
                                std::string_view whose) const {
  if (record.seq != head.seq || record.hash == head.hash) return {};
  return fail(Errc::integrity, "audit record " + std::to_string(record.seq) + " differs from " + std::string(whose));
}

Result<void> AuditWalk::finish() const {
  const auto short_of = [&](const session::AuditHead& head, std::string_view whose) -> Result<void> {
    if (head_.seq >= head.seq) return {};
    return fail(Errc::integrity, "the audit ends at record " + std::to_string(head_.seq) + ", but " + std::string(whose) +
                                     " ends at " + std::to_string(head.seq));
  };
  RS_CHECK(short_of(claimed_, "the relay's own head"));
  return short_of(remembered_, "what was verified earlier");
}

} // namespace rs::cli
