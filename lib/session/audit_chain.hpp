#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "crypto/hash.hpp"
#include "describe/describe.hpp"
#include "describe/node.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

// The audit's hash chain, one per (tenant, writer). Sans-IO: relayd's store and agentd's file both keep what
// this seals. Inside a chain a change, a gap and a swap are found; a cut tail is found only by comparing the
// head with one that somebody else remembers.
namespace rs::session {

inline constexpr std::size_t kMaxAuditText = 1024;        // bytes of one text field
inline constexpr std::size_t kMaxAuditDetail = 16 * 1024; // bytes of the detail as JSON

// The hash before the first record.
inline const std::string kNoAuditHash(64, '0');

struct AuditRecord {
  std::uint64_t seq = 0; // from 1; set by seal_next
  WallTime time;
  std::string writer; // who keeps this chain: "relayd", or an agent's id
  std::string tenant; // its id
  std::string actor;  // a user's or agent's id, "relay", "local"
  std::string action; // "exec.run", "login", "enrol"
  std::string target; // what was acted on; may be empty
  std::optional<SessionId> session;
  describe::Node detail; // an object, or null
  std::string prev;      // lower-case hex of the hash before; set by seal_next
  std::string hash;      // lower-case hex; set by seal_next

  friend bool operator==(const AuditRecord&, const AuditRecord&) = default;
};
RS_DESCRIBE(AuditRecord, seq, time, writer, tenant, actor, action, target, session, detail, prev, hash)

// Where a chain stands: its last record, or {0, kNoAuditHash}.
struct AuditHead {
  std::uint64_t seq = 0;
  std::string hash = kNoAuditHash;

  friend bool operator==(const AuditHead&, const AuditHead&) = default;
};
RS_DESCRIBE(AuditHead, seq, hash)

// SHA-256 over "rs1 audit" | tenant | writer | u64 seq | u64 time (ms since 1970) | actor | action | target |
// session | SHA-256(detail as one-line JSON) | prev, where | precedes each string by its u16 length and
// numbers (big-endian) and hashes stand bare. `limit` names a field that is too long, `invalid` a `prev` that is
// no hash. The record's own `hash` is not looked at.
Result<crypto::Hash32> hash_of(const AuditRecord& record);

// Fills seq, prev and hash of the record that follows `head`, and moves `head` on to it. On an error neither changes.
Result<void> seal_next(AuditRecord& record, AuditHead& head);

// Walks records that must follow `from` without a gap, all of one tenant and writer. The new head, or `integrity`
// with the seq that is altered, missing or out of order.
Result<AuditHead> verify_chain(std::span<const AuditRecord> records, AuditHead from = {});

} // namespace rs::session
