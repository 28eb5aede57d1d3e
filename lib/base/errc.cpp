#include "base/errc.hpp"

#include "base/assert.hpp"

namespace rs {
namespace {

constexpr ErrcInfo kErrors[] = {
    {Errc::internal, "internal", 1, false, "a bug in this program"},
    {Errc::outcome_unknown, "outcome-unknown", 1, false, "started, but nobody knows how it ended"},
    {Errc::audit_unavailable, "audit-unavailable", 1, true, "the audit record could not be written, so it was refused"},
    {Errc::usage, "usage", 2, false, "the command line is wrong"},
    {Errc::invalid, "invalid", 2, false, "a value is wrong; the message names the field"},
    {Errc::no_match, "no-match", 3, false, "no target matches"},
    {Errc::sign_in, "sign-in", 4, false, "not signed in, or the credentials are wrong"},
    {Errc::second_factor, "second-factor", 4, false, "a second factor is needed"},
    {Errc::expired, "expired", 4, false, "a certificate, token or deadline has passed"},
    {Errc::locked, "locked", 4, true, "the account is locked for a while"},
    {Errc::forbidden, "forbidden", 5, false, "policy does not allow it"},
    {Errc::not_found, "not-found", 6, false, "no such thing"},
    {Errc::conflict, "conflict", 7, false, "the name is taken, the key reused, or it changed meanwhile"},
    {Errc::timeout, "timeout", 8, true, "rsctl stopped waiting; the work goes on"},
    {Errc::unsupported, "unsupported", 9, false, "not possible on that machine"},
    {Errc::key_elsewhere, "key-elsewhere", 9, false, "the key that opens it is on another device"},
    {Errc::wrong_target, "wrong-target", 9, false, "it reached an agent that it was not meant for"},
    {Errc::clock_skew, "clock-skew", 9, false, "the clocks differ by more than five minutes"},
    {Errc::consent_denied, "consent-denied", 10, false, "the customer said no"},
    {Errc::consent_timeout, "consent-timeout", 11, true, "the customer did not answer"},
    {Errc::consent_revoked, "consent-revoked", 12, false, "the customer took the permission back"},
    {Errc::ended_by_customer, "ended-by-customer", 12, false, "the customer ended the session"},
    {Errc::some_failed, "some-failed", 20, false, "some targets failed, were denied or cancelled, or are unverified"},
    {Errc::some_unreachable, "some-unreachable", 21, true, "some targets are unreachable"},
    {Errc::some_failed_and_unreachable, "some-failed-and-unreachable", 22, true, "some targets failed and some are unreachable"},
    {Errc::differs, "differs", 23, false, "the two things compared differ"},
    {Errc::relay_unreachable, "relay-unreachable", 30, true, "the relay cannot be reached"},
    {Errc::server_identity, "server-identity", 31, false, "the server is not the one that is pinned"},
    {Errc::integrity, "integrity", 32, false, "a sealed frame was altered, dropped, repeated or invented"},
    {Errc::hash_mismatch, "hash-mismatch", 32, false, "the content is not what its hash says"},
    {Errc::agent_offline, "agent-offline", 33, true, "the agent is not connected"},
    {Errc::connection_lost, "connection-lost", 34, true, "the connection ended before the result came"},
    {Errc::too_late, "too-late", 34, true, "the call reached the agent after its deadline"},
    {Errc::no_space, "no-space", 35, false, "no space left"},
    {Errc::permission, "permission", 35, false, "the operating system does not permit it"},
    {Errc::io, "io", 35, false, "reading or writing failed"},
    {Errc::limit, "limit", 35, true, "a limit was reached; the message names it"},
    {Errc::interrupted, "interrupted", 130, false, "interrupted"},
};

} // namespace

std::span<const ErrcInfo> all_errors() noexcept { return kErrors; }

const ErrcInfo& info(Errc code) noexcept {
  const auto& row = kErrors[static_cast<std::size_t>(code)];
  RS_ASSERT(row.code == code);
  return row;
}

std::string_view name(Errc code) noexcept { return info(code).name; }

int exit_code(Errc code) noexcept { return info(code).exit_code; }

std::optional<Errc> errc_from_name(std::string_view name) noexcept {
  for (const auto& row : kErrors) {
    if (row.name == name) return row.code;
  }
  return std::nullopt;
}

} // namespace rs
