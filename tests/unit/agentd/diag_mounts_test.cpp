#include "agentd/services/diag/mount_usage.hpp"
#include "daemon/system_clock.hpp"

#include <gtest/gtest.h>

#include <future>

namespace {

using namespace rs;
using namespace rs::agent::diag;

struct DiagMounts : testing::Test {
  daemon::SystemClock clock;
  Probe probe{clock, clock.boot() + Millis(60'000), [] { return false; }};

  static std::vector<session::DiagMount> mounts(std::initializer_list<const char*> targets) {
    std::vector<session::DiagMount> out;
    for (const auto* target : targets) {
      out.emplace_back();
      out.back().target = OsString(target);
    }
    return out;
  }
};

TEST_F(DiagMounts, AreCountedAsDfCounts) {
  session::DiagMount mount;
  fill({.block_bytes = 4096, .blocks = 1000, .blocks_free = 300, .blocks_available = 250, .inodes = 100, .inodes_free = 90},
       mount);
  EXPECT_EQ(mount.size_bytes, 4'096'000u);
  EXPECT_EQ(mount.used_bytes, 700u * 4096);
  EXPECT_EQ(mount.available_bytes, 250u * 4096);
  EXPECT_EQ(mount.used_percent, 73.7);
  EXPECT_EQ(mount.inodes_used, 10u);
}

TEST_F(DiagMounts, OneThatHangsSaysSoAndTheOthersStillAnswer) {
  std::promise<void> server_back;
  auto all = mounts({"/", "/nfs", "/home"});
  const auto ask = [back = server_back.get_future().share()](const std::string& target) -> Result<MountUsage> {
    if (target == "/nfs") back.wait();
    return MountUsage{1024, 10, 5, 5, 0, 0};
  };
  measure(probe, all, ask, Millis(500));
  server_back.set_value();
  EXPECT_EQ(all[0].size_bytes, 10'240u);
  EXPECT_EQ(all[1].unavailable, "no answer within 500ms");
  EXPECT_FALSE(all[1].size_bytes);
  EXPECT_EQ(all[2].size_bytes, 10'240u);
}

TEST_F(DiagMounts, OneThatHangsIsAskedOnceHoweverOftenTheOthersAre) {
  std::promise<void> server_back;
  std::atomic<int> asked = 0;
  const auto ask = [&asked, back = server_back.get_future().share()](const std::string& target) -> Result<MountUsage> {
    if (target == "/smb") ++asked, back.wait();
    return MountUsage{1024, 10, 5, 5, 0, 0};
  };
  for (int round = 0; round < 5; ++round) {
    auto all = mounts({"/", "/smb", "/home"});
    measure(probe, all, ask, Millis(round == 0 ? 100 : 30'000));
    EXPECT_EQ(all[1].unavailable, round == 0 ? "no answer within 100ms" : "still does not answer");
    EXPECT_TRUE(all[0].size_bytes && all[2].size_bytes) << round;
  }
  EXPECT_EQ(asked, 1);
  server_back.set_value();
  auto again = mounts({"/smb"});
  while (!probe.is_over() && !again[0].size_bytes) measure(probe, again, ask);
  EXPECT_EQ(again[0].size_bytes, 10'240u);
}

TEST_F(DiagMounts, OneThatMayNotBeReadNamesTheReason) {
  auto all = mounts({"/root/fuse", "/"});
  measure(probe, all, [](const std::string& target) -> Result<MountUsage> {
    if (target != "/") return fail(Errc::permission, "statvfs: Permission denied");
    return MountUsage{1, 1, 1, 1, 1, 1};
  });
  EXPECT_EQ(all[0].unavailable, "statvfs: Permission denied");
  EXPECT_FALSE(all[1].unavailable);
}

} // namespace
