#include "session/audit_chain.hpp"

#include "base/bytes.hpp"
#include "describe/codec_impl.hpp"

#include <array>

RS_CODEC(rs::session::AuditRecord)
RS_CODEC(rs::session::AuditHead)

namespace rs::session {
namespace {

template <class T>
void put_be(crypto::Sha256& sha, T value) {
  std::array<std::uint8_t, sizeof(T)> bytes;
  store_be(bytes.data(), value);
  sha.update(bytes);
}

// The caller has checked that the text is at most kMaxAuditText long.
void put_text(crypto::Sha256& sha, std::string_view text) {
  put_be(sha, static_cast<std::uint16_t>(text.size()));
  sha.update(as_bytes(text));
}

Result<void> check_length(std::string_view field, std::size_t size, std::size_t limit) {
  if (size <= limit) return {};
  return fail(Errc::limit, "audit record: " + std::string(field) + " has " + std::to_string(size) + " bytes, at most " +
                               std::to_string(limit) + " are kept");
}

Result<void> check_texts(const AuditRecord& record) {
  const std::array<std::pair<std::string_view, const std::string*>, 5> texts = {{{"tenant", &record.tenant},
                                                                                 {"writer", &record.writer},
                                                                                 {"actor", &record.actor},
                                                                                 {"action", &record.action},
                                                                                 {"target", &record.target}}};
  for (const auto& [field, text] : texts) RS_CHECK(check_length(field, text->size(), kMaxAuditText));
  return {};
}

std::string at(std::uint64_t seq) { return "audit record " + std::to_string(seq); }

} // namespace

Result<crypto::Hash32> hash_of(const AuditRecord& record) {
  RS_CHECK(check_texts(record));
  const std::string detail = describe::write_json(record.detail);
  RS_CHECK(check_length("detail", detail.size(), kMaxAuditDetail));
  RS_TRY(const auto prev_bytes, from_hex(record.prev));
  RS_TRY(const auto prev, to_array<32>(prev_bytes, "audit record: prev"));

  crypto::Sha256 sha;
  put_text(sha, "rs1 audit");
  put_text(sha, record.tenant);
  put_text(sha, record.writer);
  put_be(sha, record.seq);
  put_be(sha, static_cast<std::uint64_t>(record.time.time_since_epoch().count()));
  put_text(sha, record.actor);
  put_text(sha, record.action);
  put_text(sha, record.target);
  put_text(sha, record.session ? record.session->text() : std::string());
  sha.update(crypto::sha256(as_bytes(detail)));
  sha.update(prev);
  return sha.finish();
}

Result<void> seal_next(AuditRecord& record, AuditHead& head) {
  AuditRecord sealed = record;
  sealed.seq = head.seq + 1;
  sealed.prev = head.hash;
  RS_TRY(const auto hash, hash_of(sealed));
  sealed.hash = hex(hash);
  head = {sealed.seq, sealed.hash};
  record = std::move(sealed);
  return {};
}

Result<AuditHead> verify_chain(std::span<const AuditRecord> records, AuditHead from) {
  for (const auto& record : records) {
    const std::uint64_t expected = from.seq + 1;
    if (record.seq > expected)
      return fail(Errc::integrity, at(expected) + " is missing: " + std::to_string(record.seq) + " follows");
    if (record.seq < expected)
      return fail(Errc::integrity, at(record.seq) + " is out of order: " + std::to_string(expected) + " was due");
    if (record.tenant != records.front().tenant || record.writer != records.front().writer)
      return fail(Errc::integrity, at(record.seq) + " belongs to another chain");
    if (record.prev != from.hash) return fail(Errc::integrity, at(record.seq) + " does not follow the one before it");
    const auto hash = hash_of(record);
    if (!hash || hex(*hash) != record.hash) return fail(Errc::integrity, at(record.seq) + " is altered");
    from = {record.seq, record.hash};
  }
  return from;
}

} // namespace rs::session
