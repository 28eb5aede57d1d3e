#pragma once

#include "sealed/documents.hpp"

namespace rs::sealed {

inline constexpr std::int64_t kClockTolerance = 300;                     // seconds, both ways
inline constexpr std::int64_t kMaxTechnicianLife = 12 * 3600;            // seconds; managed tenants
inline constexpr std::int64_t kMaxLockedTechnicianLife = 90 * 24 * 3600; // seconds
inline constexpr std::int64_t kMaxRelayStatementLife = 30 * 24 * 3600;   // seconds

// A tenant as an agent or profile has pinned it: nothing but what the root signs can change it.
struct OrgPin {
  std::string org;
  std::string root_fingerprint;
  std::uint64_t least_number = 0; // the highest statement number seen; a lower one is refused
};

// `server-identity`: another root or tenant, or signed by another key; `invalid`: no such document;
// `conflict`: its number is lower than least_number.
Result<OrgStatement> verify_org_statement(std::string_view compact, const OrgPin& pin);

struct RelayPin {
  std::string fingerprint;
  std::optional<std::string> successor_fingerprint; // pinned from an earlier verified statement
  std::uint64_t least_number = 0;
};

// `server-identity`: another relay, or a pinned successor changed without its own signature; `expired`; `invalid`:
// longer than kMaxRelayStatementLife, or malformed; `clock-skew` (from the future; the message names both times);
// `conflict`: lower number. A statement by the pinned successor is good and becomes the new pin (the caller's).
Result<RelayStatement> verify_relay_statement(std::string_view compact, const RelayPin& pin, WallTime now);

// A certificate: its type, its issuer's place in the statement, what that issuer may certify, its signature, its
// dates (kClockTolerance) and its longest life. `forbidden`: no such issuer, not allowed to certify this, or a
// bad signature; `expired`; `clock-skew`; `invalid`.
Result<TechnicianClaims> verify_technician(std::string_view compact, const OrgStatement& org, WallTime now);
Result<AgentClaims> verify_agent(std::string_view compact, const OrgStatement& org, WallTime now);

// An agent's idea of the time: never below its build date, nor below the greatest `iat` that it verified.
class TrustedTime {
 public:
  explicit TrustedTime(WallTime build_date, WallTime greatest_iat = {}) : floor_(std::max(build_date, greatest_iat)) {}
  WallTime now(WallTime clock) const { return std::max(clock, floor_); }
  void verified(std::int64_t iat) { floor_ = std::max(floor_, from_unix_seconds(iat)); }
  WallTime floor() const { return floor_; }

 private:
  WallTime floor_;
};

} // namespace rs::sealed
