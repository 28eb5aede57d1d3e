#include "cli/commands/shot_file.hpp"
#include "cli/commands/shot_report.hpp"
#include "fake_relay.hpp"

#include <fstream>
#include <sstream>

namespace {

using namespace rs;
namespace fs = std::filesystem;

struct CliScreenshot : test::CliFixture {
  std::string path(const std::string& name) const { return scratch.path(name); }
  cli::ShotFile file(const std::string& name) { return cli::ShotFile::at(path(name), tenant.random).value(); }
  std::string contents(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  std::size_t entries() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(scratch.path()), {})); }
};

TEST_F(CliScreenshot, AFileAppearsOnlyWhenItIsWhole) {
  std::ofstream(path("shot.png")) << "old";
  auto shot = file("shot.png");
  ASSERT_TRUE(shot.write(as_bytes("new ")));
  ASSERT_TRUE(shot.write(as_bytes("picture")));
  EXPECT_EQ(contents("shot.png"), "old");
  ASSERT_TRUE(shot.commit());
  EXPECT_EQ(contents("shot.png"), "new picture");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(CliScreenshot, AFileThatIsNotCommittedLeavesNothing) {
  ASSERT_TRUE(file("shot.png").write(as_bytes("half")));
  EXPECT_EQ(entries(), 0u);
}

TEST_F(CliScreenshot, ALinkStaysALink) {
  std::ofstream(path("real.png")) << "old";
  fs::create_symlink("real.png", path("link.png"));
  auto shot = file("link.png");
  ASSERT_TRUE(shot.write(as_bytes("new")) && shot.commit());
  EXPECT_TRUE(fs::is_symlink(path("link.png")));
  EXPECT_EQ(contents("real.png"), "new");
}

TEST_F(CliScreenshot, WhatIsNoFileIsWrittenStraight) {
  auto shot = cli::ShotFile::at("/dev/null", tenant.random).value();
  ASSERT_TRUE(shot.write(as_bytes("x")) && shot.commit());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(CliScreenshot, ADirectoryOrAMissingOneIsRefused) {
  EXPECT_EQ(cli::ShotFile::at(scratch.path(), tenant.random).error().code, Errc::usage);
  EXPECT_EQ(cli::ShotFile::at(path("none/shot.png"), tenant.random).error().code, Errc::not_found);
}

TEST_F(CliScreenshot, ANameIsAgentAndTimeAndNeverAPath) {
  const auto time = from_rfc3339("2026-11-24T11:30:12.345Z").value();
  EXPECT_EQ(cli::shot_name("web1.acme", time), "web1.acme-20261124T113012Z.png");
  EXPECT_EQ(cli::shot_name("../a b", time), "_._a_b-20261124T113012Z.png");
  std::ofstream(path("a.png")) << "taken";
  EXPECT_EQ(cli::free_name(path("b.png")), path("b.png"));
  EXPECT_EQ(cli::free_name(path("a.png")), path("a-2.png"));
}

TEST_F(CliScreenshot, WrongInputIsSaidBeforeAnybodyIsAsked) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  const auto before = relay.seen().size();
  EXPECT_EQ(rsctl({"screenshot"}), 2);
  EXPECT_EQ(rsctl({"screenshot", "box", "--region", "10x10"}), 2);
  EXPECT_NE(terminal.err.find("--region"), std::string::npos);
  EXPECT_EQ(rsctl({"screenshot", "box", "-O", "-", "--json"}), 2);
  EXPECT_EQ(rsctl({"screenshot", "box", "-O", scratch.path()}), 2);
  EXPECT_EQ(relay.seen().size(), before);
}

TEST_F(CliScreenshot, ADryRunSaysWhatItWouldDo) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  EXPECT_EQ(rsctl({"screenshot", "box", "-O", path("x.png"), "--dry-run"}), 0);
  EXPECT_NE(terminal.err.find(path("x.png")), std::string::npos);
  EXPECT_FALSE(fs::exists(path("x.png")));
}

} // namespace
