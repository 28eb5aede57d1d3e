#include "lab.hpp"

#include <set>

namespace rs::test {
namespace {

class ProgramsDiag : public Lab {
 protected:
  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
};

const std::vector<std::string> kSections = {"system",    "cpu",      "memory", "disks",   "network",
                                            "processes", "services", "users",  "updates", "logs"};
// Those that every Linux has, whatever is installed on it.
const std::set<std::string> kEverywhere = {"system", "cpu", "memory", "disks", "network", "processes", "users"};

TEST_F(ProgramsDiag, AnswersEverySectionForEyesAndForPrograms) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  const auto table = rsctl({"diag", "box"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  const auto json = rsctl({"diag", "box", "-o", "json"});
  EXPECT_EQ(json.exit_code, 0) << json.err;
  EXPECT_EQ(field(json.out, "schema"), "rsctl.diag.v1");
  for (const auto& section : kSections) {
    const bool may_lack = !kEverywhere.contains(section);
    EXPECT_TRUE(has("\n" + table.out, "\n" + section + "\n") || (may_lack && has(table.out, "\n  " + section + " ")))
        << section << table.out;
    EXPECT_TRUE(has(json.out, "\n  \"" + section + "\": {") || (may_lack && has(json.out, "\"section\": \"" + section + "\"")))
        << section << json.out;
  }
}

TEST_F(ProgramsDiag, AnswersOnlyTheSectionsThatAreNamed) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  for (const auto& section : kSections) {
    const auto result = rsctl({"diag", "box", section, "-o", "yaml"});
    const bool is_there = has("\n" + result.out, "\n" + section + ":\n");
    EXPECT_TRUE(is_there || !kEverywhere.contains(section)) << result.out;
    EXPECT_TRUE(is_there ? result.exit_code == 0 : result.exit_code == 9 || result.exit_code == 8) << section << result.err;
    EXPECT_TRUE(has(result.out, section)) << result.out;
    if (section != "users") {
      EXPECT_FALSE(has(result.out, "\nusers:")) << result.out;
    }
  }
  const auto two = rsctl({"diag", "box", "memory", "disks", "--fields", "disks,memory", "-o", "json"});
  EXPECT_LT(two.out.find("\"disks\""), two.out.find("\"memory\"")) << two.out;
  EXPECT_EQ(rsctl({"diag", "box", "memory", "-o", "name"}).out, "memory\n");
}

TEST_F(ProgramsDiag, ShowsProcessesWithoutTheirArgumentsAndEnvironments) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  const auto hungry = start("rsctl", {"exec", "box", "--env", "PASSWORD=s3cret-env", "--", "sh", "-c",
                                      "echo up; while :; do :; done", "s3cret-argument"});
  ASSERT_TRUE(eventually([&] { return contents(hungry.out) == "up\n"; }));
  const auto seen = rsctl({"diag", "box", "processes", "-o", "json"});
  EXPECT_TRUE(has(seen.out, "\"name\": \"sh\"")) << seen.out;
  EXPECT_FALSE(has(seen.out, "s3cret")) << seen.out;
}

TEST_F(ProgramsDiag, FailuresAreNamedAndHaveTheirExitCodes) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  const auto unknown = rsctl({"diag", "box", "soul"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_TRUE(has(unknown.err, "rsctl: usage: no section 'soul'; there are system")) << unknown.err;
  EXPECT_EQ(rsctl({"diag"}).exit_code, 2);
  EXPECT_EQ(rsctl({"diag", "nobody"}).exit_code, 6);
  EXPECT_EQ(rsctl({"diag", "box", "memory", "--fields", "soul"}).exit_code, 2);
  write("box.yaml", "deny: [diag]\n");
  agent("box").signal(SIGHUP);
  Finished denied;
  EXPECT_TRUE(eventually([&] { return (denied = rsctl({"diag", "box", "memory", "-o", "json"})).exit_code == 5; }));
  EXPECT_EQ(field(denied.err, "code"), "forbidden") << denied.err;
}

} // namespace
} // namespace rs::test
