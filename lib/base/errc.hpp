#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace rs {

// The closed list of what can go wrong. The kebab-case name is the `code` of a JSON error and the exit
// code is what a script sees (`rsctl help exit-codes`); both are part of the command-line contract.
enum class Errc {
  internal,
  outcome_unknown,
  audit_unavailable,
  usage,
  invalid,
  no_match,
  sign_in,
  second_factor,
  expired,
  locked,
  forbidden,
  not_found,
  conflict,
  timeout,
  unsupported,
  key_elsewhere,
  wrong_target,
  clock_skew,
  consent_denied,
  consent_timeout,
  consent_revoked,
  ended_by_customer,
  some_failed,
  some_unreachable,
  some_failed_and_unreachable,
  differs,
  relay_unreachable,
  server_identity,
  integrity,
  hash_mismatch,
  agent_offline,
  connection_lost,
  too_late,
  no_space,
  permission,
  io,
  limit,
  interrupted,
};

struct ErrcInfo {
  Errc code;
  std::string_view name;
  int exit_code;
  bool retryable;           // the same call may succeed later with nothing changed by the caller
  std::string_view meaning; // one clause, for help and documentation
};

inline constexpr int kExitLimit = 124; // remote command killed by --limit
inline constexpr int kExitOwn = 125;   // single exec or shell: any failure of rsctl's own

const ErrcInfo& info(Errc code) noexcept;
std::string_view name(Errc code) noexcept;
int exit_code(Errc code) noexcept;
std::optional<Errc> errc_from_name(std::string_view name) noexcept;
std::span<const ErrcInfo> all_errors() noexcept;

} // namespace rs
