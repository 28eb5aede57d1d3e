#include "agentd/audit_file.hpp"

#include "base/bytes.hpp"
#include "base/log.hpp"
#include "describe/codec.hpp"

#include <fstream>

namespace rs::agent {
namespace {

using session::AuditHead;
using session::AuditRecord;

constexpr Logger log("audit");
// More than the longest line: five texts and the detail at their limits, every byte of a text escaped.
constexpr std::int64_t kTailBytes = 128 * 1024;

Error unavailable(const Error& error) { return fail(Errc::audit_unavailable, "audit: " + error.message); }

Result<AuditRecord> parse_line(std::string_view line) {
  RS_TRY(auto record, describe::from_json<AuditRecord>(line, describe::Unknown::refuse));
  RS_TRY(const auto hash, session::hash_of(record));
  if (hex(hash) != record.hash) return fail(Errc::integrity, "audit record " + std::to_string(record.seq) + " is altered");
  return record;
}

std::string_view last_line(std::string_view text) {
  text.remove_suffix(1);
  const auto before = text.rfind('\n');
  return before == std::string_view::npos ? text : text.substr(before + 1);
}

} // namespace

Result<AuditFile> AuditFile::open(const std::string& path) {
  auto opened = AppendFile::open(path);
  if (!opened) return unavailable(opened.error());
  AuditFile file(std::move(*opened));
  RS_CHECK(file.find_head(path));
  return file;
}

Result<void> AuditFile::find_head(const std::string& path) {
  auto tail = file_.tail(kTailBytes);
  if (!tail) return unavailable(tail.error());
  const auto newline = tail->rfind('\n');
  const std::size_t whole = newline == std::string::npos ? 0 : newline + 1;
  if (whole == 0 && file_.size() > kTailBytes) return fail(Errc::integrity, path + ": this is no audit file");
  if (const auto torn = tail->size() - whole; torn != 0) {
    log.warning("torn-line-cut", {{"path", path}, {"bytes", std::to_string(torn)}});
    if (auto cut = file_.cut_to(file_.size() - static_cast<std::int64_t>(torn)); !cut) return unavailable(cut.error());
    tail->resize(whole);
  }
  if (tail->empty()) return {};
  const auto record = parse_line(last_line(*tail));
  if (!record) return fail(Errc::integrity, path + ": the last line: " + record.error().message);
  head_ = {record->seq, record->hash};
  return {};
}

Result<AuditRecord> AuditFile::append(AuditRecord record) {
  AuditHead next = head_;
  RS_CHECK(session::seal_next(record, next));
  const auto written = file_.append(describe::to_json(record) + "\n");
  if (!written) return unavailable(written.error());
  head_ = next;
  return record;
}

Result<AuditHead> AuditFile::verify(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail(Errc::not_found, path + ": cannot be read");
  AuditHead head;
  AuditRecord first;
  for (std::string line; std::getline(file, line);) {
    const auto record = describe::from_json<AuditRecord>(line, describe::Unknown::refuse);
    const auto seq = std::to_string(head.seq + 1);
    if (!record) return fail(Errc::integrity, "audit record " + seq + " is altered: " + record.error().message);
    if (head.seq == 0) first = *record;
    if (record->tenant != first.tenant || record->writer != first.writer)
      return fail(Errc::integrity, "audit record " + seq + " belongs to another chain");
    RS_TRY(head, session::verify_chain({&*record, 1}, head));
  }
  return head;
}

} // namespace rs::agent
