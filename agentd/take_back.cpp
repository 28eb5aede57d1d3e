#include "agentd/take_back.hpp"

#include <algorithm>

namespace rs::agent {
namespace {

// Every local user may revoke; none of them may fill the disk with it.
constexpr std::size_t kMaxRevoked = 1024;
constexpr std::size_t kMaxEmail = 254; // RFC 5321 §4.5.3.1.3, less the brackets

bool is_blocked(const session::TakenBack& taken_back, WallTime now) {
  return *taken_back.blocked && (!taken_back.blocked_until || now < *taken_back.blocked_until);
}

Result<void> block(session::TakenBack& taken_back, const std::optional<WallTime>& until, WallTime now) {
  if (until && *until <= now) return fail(Errc::invalid, "until: " + to_rfc3339(*until) + " has passed");
  auto longer = until;
  if (is_blocked(taken_back, now)) {
    if (!taken_back.blocked_until) longer = std::nullopt;
    else if (until) longer = std::max(*until, *taken_back.blocked_until);
  }
  taken_back.blocked = true;
  taken_back.blocked_until = longer;
  return {};
}

Result<void> revoke(session::TakenBack& taken_back, const std::optional<std::string>& technician) {
  if (technician && (technician->find('@') == std::string::npos || technician->size() > kMaxEmail))
    return fail(Errc::invalid, "technician: '" + technician->substr(0, kMaxEmail) + "' is no e-mail address");
  const auto who = technician ? lower_case(*technician) : "*";
  auto& revoked = taken_back.revoked.value;
  if (std::find(revoked.begin(), revoked.end(), who) != revoked.end()) return {};
  if (technician && revoked.size() >= kMaxRevoked)
    return fail(Errc::limit, "revoked technicians: " + std::to_string(kMaxRevoked) + "; revoke --all");
  revoked.push_back(who);
  return {};
}

} // namespace

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return text;
}

Result<void> apply(session::TakenBack& taken_back, const ControlRequest& request, WallTime now) {
  switch (request.verb) {
    case ControlVerb::block: return block(taken_back, request.until, now);
    case ControlVerb::revoke: return revoke(taken_back, request.technician);
    case ControlVerb::unblock:
      taken_back.blocked = false;
      taken_back.blocked_until.reset();
      return {};
    case ControlVerb::status:
    case ControlVerb::end: break;
  }
  return fail(Errc::invalid, "verb: takes nothing back");
}

TakenBackReply describe_taken_back(const session::TakenBack& taken_back, WallTime now) {
  const bool blocked = is_blocked(taken_back, now);
  return {.blocked = blocked, .blocked_until = blocked ? taken_back.blocked_until : std::nullopt, .revoked = *taken_back.revoked};
}

session::AuditRecord local_record(const AgentState& state, const ControlRequest& request, std::uint32_t uid, WallTime now) {
  session::AuditRecord record;
  record.time = now;
  record.writer = state.agent.text();
  record.tenant = state.org;
  record.actor = "local";
  record.action = request.verb == ControlVerb::end ? "session.end" : std::string(describe::enum_name(request.verb));
  record.target = state.agent.text();
  record.session = request.session;
  record.detail.set("uid", uid);
  if (request.verb == ControlVerb::revoke)
    record.detail.set("technician", request.technician ? lower_case(*request.technician) : "*");
  if (request.until) record.detail.set("until", to_rfc3339(*request.until));
  return record;
}

} // namespace rs::agent
