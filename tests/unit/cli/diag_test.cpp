#include "cli/commands/diag_check.hpp"
#include "cli/commands/diag_text.hpp"
#include "fake_relay.hpp"

#include "session/diag_messages.hpp"

namespace {

using namespace rs;

struct CliDiag : test::CliFixture {};

session::DiagReport sample() {
  session::DiagReport report;
  report.memory = session::DiagMemory{.total_bytes = 24ull << 30, .used_bytes = 1536 << 10};
  report.disks.emplace();
  report.disks->mounts.resize(2);
  report.disks->mounts[0].target = OsString("/");
  report.disks->mounts[0].type = "ext4";
  report.disks->mounts[0].used_percent = 73.72;
  report.disks->mounts[1].target = OsString("/nfs");
  report.disks->mounts[1].unavailable = "no answer within 2s";
  report.unavailable.push_back({session::DiagSection::services, "systemd does not run here"});
  return report;
}

TEST(CliDiagText, IsATitledBlockASectionWithItsListsAsTables) {
  const auto text = cli::diag_text(describe::to_node(sample()));
  EXPECT_TRUE(text.starts_with("memory\n  total       24.0G\n")) << text;
  EXPECT_NE(text.find("  used        1.5M\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\ndisks\n  mounts\n  TARGET"), std::string::npos) << text;
  EXPECT_NE(text.find("73.7%"), std::string::npos) << text;
  EXPECT_NE(text.find("no answer within 2s"), std::string::npos) << text;
  EXPECT_NE(text.find("\nunavailable\n  SECTION   REASON\n  services  systemd does not run here\n"), std::string::npos) << text;
}

TEST(CliDiagText, NothingFromTheAgentCanSteerTheTerminal) {
  session::DiagReport report;
  report.logs = session::DiagLogs{"kernel", {"\x1b[2J\nroot # "}, 3};
  const auto text = cli::diag_text(describe::to_node(report));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("left_out  3"), std::string::npos) << text;
}

TEST(CliDiagCheck, FailsWhereNothingThatWasAskedForCouldBeRead) {
  using enum session::DiagSection;
  session::DiagReport report;
  report.unavailable = {{services, "no systemd"}, {logs, "timeout"}, {updates, "timeout"}};
  const auto check = [&](std::vector<session::DiagSection> sections) {
    session::DiagParams params;
    params.sections.value = std::move(sections);
    return cli::check_any_read(params, report);
  };
  EXPECT_EQ(check({services, logs}).error(), fail(Errc::unsupported, "services: no systemd; logs: timeout"));
  EXPECT_EQ(check({logs, updates}).error(), fail(Errc::timeout, "logs: timeout; updates: timeout"));
  EXPECT_TRUE(check({services, memory}));
  EXPECT_TRUE(check({}));
}

TEST_F(CliDiag, AnUnknownSectionIsUsageAndNamesThoseThatExist) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  EXPECT_EQ(rsctl({"diag", "box", "memory", "soul"}), 2);
  EXPECT_NE(terminal.err.find("'soul'; there are system cpu memory"), std::string::npos) << terminal.err;
}

} // namespace
