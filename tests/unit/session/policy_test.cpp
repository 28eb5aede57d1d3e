#include "session/policy.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::session;

constexpr int kNoon = 12 * 60;
const std::vector<Permission> kEverything = {Permission::view,      Permission::control, Permission::files,  Permission::exec,
                                             Permission::clipboard, Permission::camera,  Permission::chat,   Permission::diag,
                                             Permission::record,    Permission::install, Permission::forward};

Caller caller(Role role = Role::technician, std::string email = "ada@acme.example") {
  return {*SessionId::parse("s-bcdefghijklmnopqrstu"), "u-1", "Ada", std::move(email), role};
}

Decision ask(const char* yaml, Permission permission, int minute = kNoon, const Caller& who = caller(),
             const std::vector<Permission>& certified = kEverything) {
  const auto policy = parse_policy(yaml);
  EXPECT_TRUE(policy) << yaml;
  return decide(*policy, who, certified, permission, minute);
}

struct Row {
  const char* yaml;
  Permission permission;
  bool allowed;
  const char* reason;
};

const Row kRows[] = {
    {"", Permission::exec, false, "agentd.yaml does not allow exec"},
    {"allow: []", Permission::exec, false, "agentd.yaml does not allow exec"},
    {"allow: [exec]", Permission::exec, true, "agentd.yaml allow: exec"},
    {"allow: [exec]", Permission::files, false, "agentd.yaml does not allow files"},
    {"allow: [control]", Permission::view, false, "agentd.yaml does not allow view"},
    {"allow: [exec]\ndeny: [exec]", Permission::exec, false, "agentd.yaml deny: exec"},
    {"deny: [files]\nallow: [exec]", Permission::exec, true, "agentd.yaml allow: exec"},
    {"rules: [{role: technician, allow: [exec]}]", Permission::exec, true, "agentd.yaml rules[0] allow: exec"},
    {"rules: [{role: admin, allow: [exec]}]", Permission::exec, false, "agentd.yaml does not allow exec"},
    {"rules: [{technician: ada@acme.example, allow: [exec]}]", Permission::exec, true, "agentd.yaml rules[0] allow: exec"},
    {"rules: [{technician: ADA@Acme.Example, allow: [exec]}]", Permission::exec, true, "agentd.yaml rules[0] allow: exec"},
    {"rules: [{technician: bob@acme.example, allow: [exec]}]", Permission::exec, false, "agentd.yaml does not allow exec"},
    {"allow: [exec]\nrules: [{technician: ada@acme.example, deny: [exec]}]", Permission::exec, false,
     "agentd.yaml rules[0] deny: exec"},
    {"allow: [exec]\nrules: [{technician: bob@acme.example, deny: [exec]}]", Permission::exec, true, "agentd.yaml allow: exec"},
    {"rules: [{role: technician, allow: [exec]}, {role: technician, deny: [exec]}]", Permission::exec, false,
     "agentd.yaml rules[1] deny: exec"},
    {"rules: [{role: technician, allow: [exec], deny: [exec]}]", Permission::exec, false, "agentd.yaml rules[0] deny: exec"},
    {"deny: [exec]\nrules: [{role: technician, allow: [exec]}]", Permission::exec, false, "agentd.yaml deny: exec"},
    {"rules: [{role: admin, deny: [exec]}, {role: technician, allow: [exec]}]", Permission::exec, true,
     "agentd.yaml rules[1] allow: exec"},
};

TEST(Policy, DenyWinsAndWhatIsNotAllowedIsNot) {
  for (const auto& row : kRows) {
    const auto decision = ask(row.yaml, row.permission);
    EXPECT_EQ(decision.allowed, row.allowed) << row.yaml;
    EXPECT_EQ(decision.reason, row.reason) << row.yaml;
  }
}

TEST(Policy, CertificateMustCarryThePermissionToo) {
  const auto decision = ask("allow: [exec, files]", Permission::exec, kNoon, caller(), {Permission::files});
  EXPECT_FALSE(decision.allowed);
  EXPECT_EQ(decision.reason, "the certificate does not carry exec");
  EXPECT_TRUE(ask("allow: [exec, files]", Permission::files, kNoon, caller(), {Permission::files}).allowed);
}

TEST(Policy, ACustomerHasNothingWhateverThePolicySays) {
  EXPECT_FALSE(
      ask("allow: [exec]\nrules: [{role: customer, allow: [exec]}]", Permission::exec, kNoon, caller(Role::customer)).allowed);
  EXPECT_TRUE(ask("rules: [{role: bot, allow: [exec]}]", Permission::exec, kNoon, caller(Role::bot)).allowed);
  EXPECT_TRUE(ask("rules: [{role: admin, allow: [exec]}]", Permission::exec, kNoon, caller(Role::admin)).allowed);
}

struct HoursRow {
  const char* hours;
  int minute;
  bool inside;
};

const HoursRow kHours[] = {
    {"08:00-18:00", 8 * 60 - 1, false},
    {"08:00-18:00", 8 * 60, true},
    {"08:00-18:00", 18 * 60 - 1, true},
    {"08:00-18:00", 18 * 60, false},
    {"22:00-06:00", 22 * 60 - 1, false},
    {"22:00-06:00", 22 * 60, true},
    {"22:00-06:00", 0, true},
    {"22:00-06:00", 6 * 60 - 1, true},
    {"22:00-06:00", 6 * 60, false},
    {"22:00-06:00", kNoon, false},
    {"00:00-24:00", 0, true},
    {"00:00-24:00", 1439, true},
    {"12:00-24:00", 1439, true},
    {"12:00-24:00", 0, false},
    {"09:00-09:00", 9 * 60, false},
    {"09:00-09:00", 0, false},
};

TEST(Policy, HoursOpenAndCloseARuleAlsoAcrossMidnight) {
  for (const auto& row : kHours) {
    const auto yaml = std::string("rules: [{role: technician, allow: [exec], hours: \"") + row.hours + "\"}]";
    EXPECT_EQ(ask(yaml.c_str(), Permission::exec, row.minute).allowed, row.inside) << row.hours << " at " << row.minute;
  }
}

TEST(Policy, HoursNarrowAllowAndNeverDeny) {
  const auto* yaml = "allow: [exec]\nrules: [{role: technician, deny: [exec], hours: \"08:00-09:00\"}]";
  EXPECT_FALSE(ask(yaml, Permission::exec, kNoon).allowed);
}

struct BadYaml {
  const char* yaml;
  const char* names;
};

TEST(Policy, BadFilesNameTheirField) {
  const BadYaml rows[] = {
      {"alow: [exec]", "alow"},
      {"allow: [execute]", "allow[0]"},
      {"allow: exec", "allow"},
      {"deny: [files, 7]", "deny[1]"},
      {"rules: [{role: technician, allow: [exec], ask: true}]", "rules[0].ask"},
      {"rules: [{role: boss}]", "rules[0].role"},
      {"rules: [{allow: [exec]}]", "rules[0]: exactly one of role and technician"},
      {"rules: [{role: admin}, {role: admin, technician: a@b.c}]", "rules[1]: exactly one of role and technician"},
      {"rules: [{role: admin, hours: \"8:00-18:00\"}]", "rules[0].hours"},
      {"rules: [{role: admin, hours: \"08:00-24:01\"}]", "rules[0].hours"},
      {"rules: [{role: admin, hours: \"08:60-18:00\"}]", "rules[0].hours"},
      {"rules: [{role: admin, hours: \"-1:00-18:00\"}]", "rules[0].hours"},
      {"rules: [{role: admin, hours: \"08:00 18:00\"}]", "rules[0].hours"},
      {"rules: [{role: admin, hours: always}]", "rules[0].hours"},
      {"files: {roots: [home]}", "files.roots[0]"},
      {"files: {root: [/]}", "files.root"},
      {"files: {roots: [/srv, \"\"]}", "files.roots[1]"},
  };
  for (const auto& row : rows) {
    const auto policy = parse_policy(row.yaml);
    ASSERT_FALSE(policy) << row.yaml;
    EXPECT_EQ(policy.error().code, Errc::invalid) << row.yaml;
    EXPECT_NE(policy.error().message.find(row.names), std::string::npos) << row.yaml << ": " << policy.error().message;
  }
}

TEST(Policy, DefaultsAreNoPermissionAndTheWholeDisk) {
  const auto policy = parse_policy("# nothing yet\n");
  ASSERT_TRUE(policy);
  EXPECT_TRUE(policy->allow->empty());
  EXPECT_EQ(*policy->files->roots, std::vector<std::string>{"/"});
}

TEST(Policy, EnrolmentConsentsToAllButTheCamera) {
  auto all = kEverything;
  std::erase(all, Permission::camera);
  EXPECT_EQ(default_allow(), all);
}

const WallTime kNow = from_unix_seconds(1'800'000'000);

Errc admitted(const TakenBack& taken_back, const std::string& email = "ada@acme.example") {
  const auto result = admit(taken_back, email, kNow);
  return result ? Errc::no_match : result.error().code; // no_match stands for "admitted"
}

TEST(TakenBack, RevokedTechniciansAreKnownByTheirAddressInAnyCase) {
  const TakenBack taken_back{false, {}, std::vector<std::string>{"bob@acme.example"}};
  EXPECT_EQ(admitted(taken_back), Errc::no_match);
  EXPECT_EQ(admitted(taken_back, "bob@acme.example"), Errc::consent_revoked);
  EXPECT_EQ(admitted(taken_back, "Bob@ACME.example"), Errc::consent_revoked);
}

TEST(TakenBack, AStarRevokesEverybody) { EXPECT_EQ(admitted({false, {}, std::vector<std::string>{"*"}}), Errc::consent_revoked); }

TEST(TakenBack, ABlockHoldsUntilItsTime) {
  EXPECT_EQ(admitted({}), Errc::no_match);
  EXPECT_EQ(admitted({true, {}, {}}), Errc::consent_revoked);
  EXPECT_EQ(admitted({true, kNow + Millis(1), {}}), Errc::consent_revoked);
  EXPECT_EQ(admitted({true, kNow, {}}), Errc::no_match);
  EXPECT_EQ(admitted({false, kNow + Millis(1), {}}), Errc::no_match);
}

} // namespace
