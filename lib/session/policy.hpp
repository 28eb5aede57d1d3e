#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "describe/codec.hpp"
#include "describe/describe.hpp"
#include "session/service.hpp"
#include "wire/vocabulary.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

// Who may do what on this machine, as its owner says: agentd.yaml and what was taken back since.
namespace rs::session {

// For those who match, besides the general lists. Exactly one of role and technician.
struct PolicyRule {
  std::optional<Role> role;
  std::optional<std::string> technician; // e-mail, case-insensitive
  describe::Defaulted<std::vector<Permission>> allow;
  describe::Defaulted<std::vector<Permission>> deny;
  std::optional<std::string> hours; // "08:00-18:00" local time; outside it `allow` does not count
};
RS_DESCRIBE(PolicyRule, role, technician, allow, deny, hours)

struct FilesPolicy {
  describe::Defaulted<std::vector<std::string>> roots = std::vector<std::string>{"/"};
};
RS_DESCRIBE(FilesPolicy, roots)

// agentd.yaml.
struct Policy {
  describe::Defaulted<std::vector<Permission>> allow;
  describe::Defaulted<std::vector<Permission>> deny;
  describe::Defaulted<std::vector<PolicyRule>> rules;
  describe::Defaulted<FilesPolicy> files;
};
RS_DESCRIBE(Policy, allow, deny, rules, files)

// Strict; checks what types cannot: hours, one of role and technician, absolute roots.
Result<Policy> parse_policy(std::string_view yaml);
// All but camera: what an enrolment without --allow consents to.
std::vector<Permission> default_allow();

// What the machine's user took back: kept across restarts, and stronger than any policy.
struct TakenBack {
  describe::Defaulted<bool> blocked;
  std::optional<WallTime> blocked_until;
  describe::Defaulted<std::vector<std::string>> revoked; // e-mails, lower case; "*" is everybody
};
RS_DESCRIBE(TakenBack, blocked, blocked_until, revoked)

struct Decision {
  bool allowed = false;
  std::string reason; // the deciding rule, for the message and the audit
};

// E-mail addresses are the same without regard to the case of ASCII letters.
bool same_address(const std::string& a, const std::string& b);

// May this technician have a session at all? `consent-revoked` where the user took it back.
Result<void> admit(const TakenBack& taken_back, const std::string& email, WallTime now);

// The one check before any handler: certificate ∩ role ∩ policy; deny wins; unknown is no.
// `local_minute` is the minute of the machine's local day, 0 to 1439.
Decision decide(const Policy& policy, const Caller& caller, std::span<const Permission> certified, Permission permission,
                int local_minute);

} // namespace rs::session
