#include "session/policy.hpp"

#include "describe/codec_impl.hpp"

#include <algorithm>
#include <charconv>

RS_CODEC(rs::session::Policy)
RS_CODEC(rs::session::TakenBack)

namespace rs::session {
namespace {

struct Hours {
  int from;
  int to; // minutes of the day; from > to passes midnight
  bool contain(int minute) const { return from <= to ? minute >= from && minute < to : minute >= from || minute < to; }
};

std::optional<int> parse_minute(std::string_view text) {
  int hour = 0;
  int minute = 0;
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto h = std::from_chars(text.data(), text.data() + 2, hour);
  const auto m = std::from_chars(text.data() + 3, text.data() + 5, minute);
  const bool whole = h.ptr == text.data() + 2 && m.ptr == text.data() + 5;
  if (!whole || hour < 0 || hour > 24 || minute < 0 || minute > 59 || hour * 60 + minute > 24 * 60) return std::nullopt;
  return hour * 60 + minute;
}

std::optional<Hours> parse_hours(std::string_view text) {
  if (text.size() != 11 || text[5] != '-') return std::nullopt;
  const auto from = parse_minute(text.substr(0, 5));
  const auto to = parse_minute(text.substr(6));
  if (!from || !to) return std::nullopt;
  return Hours{*from, *to};
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c); });
  return text;
}

template <class Range>
bool has(const Range& range, const typename Range::value_type& value) {
  return std::find(range.begin(), range.end(), value) != range.end();
}

Result<void> check_rule(const PolicyRule& rule, const std::string& where) {
  if (rule.role.has_value() == rule.technician.has_value())
    return fail(Errc::invalid, where + ": exactly one of role and technician");
  if (rule.hours && !parse_hours(*rule.hours))
    return fail(Errc::invalid, where + ".hours: '" + *rule.hours + "' is not of the form 08:00-18:00");
  return {};
}

bool matches(const PolicyRule& rule, const Caller& caller) {
  if (rule.role) return *rule.role == caller.role;
  return same_address(*rule.technician, caller.email);
}

std::string rule_name(std::size_t i) { return "agentd.yaml rules[" + std::to_string(i) + "]"; }

} // namespace

Result<Policy> parse_policy(std::string_view yaml) {
  RS_TRY(auto policy, describe::from_yaml<Policy>(yaml));
  for (std::size_t i = 0; i < policy.rules->size(); ++i) {
    RS_CHECK(check_rule((*policy.rules)[i], "rules[" + std::to_string(i) + "]"));
  }
  for (std::size_t i = 0; i < policy.files->roots->size(); ++i) {
    if (!(*policy.files->roots)[i].starts_with('/'))
      return fail(Errc::invalid, "files.roots[" + std::to_string(i) + "]: not an absolute path");
  }
  return policy;
}

std::vector<Permission> default_allow() {
  return {Permission::view, Permission::control, Permission::files,  Permission::exec,    Permission::clipboard,
          Permission::chat, Permission::diag,    Permission::record, Permission::install, Permission::forward};
}

bool same_address(const std::string& a, const std::string& b) { return lower(a) == lower(b); }

Result<void> admit(const TakenBack& taken_back, const std::string& email, WallTime now) {
  const bool blocked = *taken_back.blocked && (!taken_back.blocked_until || now < *taken_back.blocked_until);
  if (blocked) return fail(Errc::consent_revoked, "the user of this machine has blocked all sessions");
  if (has(*taken_back.revoked, "*") || has(*taken_back.revoked, lower(email)))
    return fail(Errc::consent_revoked, "the user of this machine has revoked " + email);
  return {};
}

Decision decide(const Policy& policy, const Caller& caller, std::span<const Permission> certified, Permission permission,
                int local_minute) {
  const std::string wanted(describe::enum_name(permission));
  if (caller.role == Role::customer) return {false, "a customer has no permissions of his own"};
  if (std::find(certified.begin(), certified.end(), permission) == certified.end())
    return {false, "the certificate does not carry " + wanted};
  if (has(*policy.deny, permission)) return {false, "agentd.yaml deny: " + wanted};
  Decision decision{has(*policy.allow, permission), "agentd.yaml allow: " + wanted};
  for (std::size_t i = 0; i < policy.rules->size(); ++i) {
    const auto& rule = (*policy.rules)[i];
    if (!matches(rule, caller)) continue;
    if (has(*rule.deny, permission)) return {false, rule_name(i) + " deny: " + wanted};
    const bool in_hours = !rule.hours || parse_hours(*rule.hours)->contain(local_minute);
    if (!decision.allowed && in_hours && has(*rule.allow, permission)) decision = {true, rule_name(i) + " allow: " + wanted};
  }
  if (!decision.allowed) decision.reason = "agentd.yaml does not allow " + wanted;
  return decision;
}

} // namespace rs::session
