#include "cli/commands/shot_file.hpp"
#include "cli/commands/shot_report.hpp"
#include "fake_relay.hpp"

#include <sys/stat.h>
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

TEST_F(CliScreenshot, WhatIsNoFileIsRefusedByName) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  for (const auto& taken : {path("pipe"), std::string("/dev/null")}) {
    const auto refused = cli::ShotFile::at(taken, tenant.random);
    ASSERT_FALSE(refused) << taken;
    EXPECT_EQ(refused.error(), fail(Errc::usage, taken + ": no regular file; use -O - and redirect stdout"));
  }
}

TEST_F(CliScreenshot, ANameOfOursReplacesNothingHoweverManyWantIt) {
  std::ofstream(path("shot.png")) << "old";
  std::vector<cli::ShotFile> shots;
  for (int i = 0; i < 3; ++i) shots.push_back(cli::ShotFile::named(path("shot.png"), tenant.random));
  for (auto& shot : shots) ASSERT_TRUE(shot.write(as_bytes("new")));
  EXPECT_EQ(shots[0].commit().value(), path("shot-2.png"));
  EXPECT_EQ(shots[1].commit().value(), path("shot-3.png"));
  EXPECT_EQ(shots[2].commit().value(), path("shot-4.png"));
  EXPECT_EQ(contents("shot.png"), "old");
  EXPECT_EQ(contents("shot-4.png"), "new");
  EXPECT_EQ(entries(), 4u);
}

TEST_F(CliScreenshot, ADirectoryOrAMissingOneIsRefused) {
  EXPECT_EQ(cli::ShotFile::at(scratch.path(), tenant.random).error().code, Errc::usage);
  EXPECT_EQ(cli::ShotFile::at(path("none/shot.png"), tenant.random).error().code, Errc::not_found);
}

TEST_F(CliScreenshot, ANameIsAgentAndTimeAndNeverAPath) {
  const auto time = from_rfc3339("2026-11-24T11:30:12.345Z").value();
  EXPECT_EQ(cli::shot_name("web1.acme", time), "web1.acme-20261124T113012Z.png");
  EXPECT_EQ(cli::shot_name("../a b", time), "_._a_b-20261124T113012Z.png");
  EXPECT_EQ(cli::numbered_name("./a.b-Z.png", 2), "./a.b-Z-2.png");
}

TEST_F(CliScreenshot, WrongInputIsSaidBeforeAnybodyIsAsked) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  const auto before = relay.seen().size();
  EXPECT_EQ(rsctl({"screenshot"}), 2);
  EXPECT_EQ(rsctl({"screenshot", "box", "--region", "10x10"}), 2);
  EXPECT_NE(terminal.err.find("--region"), std::string::npos);
  EXPECT_EQ(rsctl({"screenshot", "box", "-O", "-", "--json"}), 2);
  EXPECT_EQ(rsctl({"screenshot", "box", "-O", "/dev/stdout", "--json"}), 2);
  EXPECT_EQ(rsctl({"screenshot", "box", "--fields", "soul"}), 2);
  EXPECT_NE(terminal.err.find("soul"), std::string::npos);
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
