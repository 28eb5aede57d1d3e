#include "agentd/services/diag/probe.hpp"
#include "daemon/system_clock.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

using namespace rs;
using agent::diag::Probe;

// It leaves its group, so that the kill misses it: as one that waits for a dead disk, it is still there afterwards.
constexpr const char* kEscape = R"(setpgrp(0, getpgrp(getppid())); open(F, ">", $ARGV[0]); print F $$; close F; sleep 600)";

TEST(DiagProbe, AProgramThatDoesNotEndHoldsNobodyUpAndIsReapedLater) {
  std::string pattern = (std::filesystem::temp_directory_path() / "rs-probe-XXXXXX").string();
  const std::string directory = ::mkdtemp(pattern.data());
  const auto written = directory + "/pid";
  const daemon::SystemClock clock;
  const auto begun = clock.boot();
  pid_t pid = 0;
  const auto started = [&] { return static_cast<bool>(std::ifstream(written) >> pid); };
  const Probe probe(clock, begun + Millis{7'000}, started);
  EXPECT_EQ(probe.run({"perl", "-e", kEscape, written}).error(), fail(Errc::timeout, "timeout"));
  EXPECT_LT(clock.boot() - begun, Millis{60'000});
  ASSERT_TRUE(pid > 0 && ::kill(pid, 0) == 0);
  ::kill(pid, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  const Probe next(clock, clock.boot() + Millis{60'000}, [] { return false; });
  EXPECT_EQ(next.run({"echo", "on"}).value(), "on\n");
  EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
  std::filesystem::remove_all(directory);
}

} // namespace
