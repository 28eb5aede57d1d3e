#include "unit/agentd/exec_fixture.hpp"

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

namespace {

using namespace rs;
using namespace rs::test;
using session::kExecStderr;
using session::kExecStdin;
using session::kExecStdout;

class Exec : public ExecTest {};

// Whether a process still runs; one that has exited but is not reaped (by init, perhaps slowly) does not.
bool alive(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string stat{std::istreambuf_iterator<char>(file), {}};
  const auto end = stat.rfind(')');
  return end != std::string::npos && stat[end + 2] != 'Z' && stat[end + 2] != 'X';
}

// A killed process goes when the kernel has the time.
bool goes_away(int pid) {
  for (const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20); alive(pid);) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string pattern_bytes(std::size_t size) {
  std::string out(size, '\0');
  std::uint32_t state = 1;
  for (auto& c : out) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return out;
}

TEST_F(Exec, GivesTheExitCode) {
  for (const int code : {0, 7, 255}) {
    port_.done = false;
    const auto result = run_to_result(shell("exit " + std::to_string(code)));
    EXPECT_EQ(result.exit_code, code);
    EXPECT_FALSE(result.signal);
    EXPECT_FALSE(result.limit_hit);
    port_.ended.clear();
  }
}

TEST_F(Exec, GivesTheSignal) {
  const auto result = run_to_result(shell("kill -TERM $$"));
  EXPECT_EQ(result.signal, SIGTERM);
  EXPECT_FALSE(result.exit_code);
}

TEST_F(Exec, KeepsStdoutAndStderrApartAndEndsBoth) {
  run_to_result(shell("echo one; echo two >&2; echo three"));
  EXPECT_EQ(out(), "one\nthree\n");
  EXPECT_EQ(err(), "two\n");
  EXPECT_EQ(port_.ended, (std::set<std::uint8_t>{kExecStdout, kExecStderr}));
}

TEST_F(Exec, WithoutStdinReadsNothing) {
  const auto result = run_to_result(command({"cat"}));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(out(), "");
}

TEST_F(Exec, StdinIsUsedUpEvenWhereNoneIsWanted) {
  ASSERT_FALSE(start(shell("exit 0")));
  feed("unwanted");
  EXPECT_EQ(port_.taken, 8u);
  EXPECT_TRUE(run());
}

TEST_F(Exec, TenMebibytesComeBackThroughCat) {
  const auto input = pattern_bytes(10 << 20);
  auto params = command({"cat"});
  params.stdin_ = true;
  ASSERT_FALSE(start(params));
  // As a sender under credit does: 256 KiB more whenever as much was used up.
  std::size_t sent = 0;
  const auto send_more = [&] {
    while (sent < input.size() && sent < port_.taken + (1 << 20)) {
      const auto size = std::min<std::size_t>(256 << 10, input.size() - sent);
      feed(std::string_view(input).substr(std::exchange(sent, sent + size), size));
    }
    if (sent == input.size()) handler_->on_end(kExecStdin);
  };
  port_.on_taken = [&] {
    reactor_.post([&] {
      if (handler_) send_more();
    });
  };
  send_more();
  EXPECT_TRUE(run());
  EXPECT_EQ(result().exit_code, 0);
  EXPECT_EQ(port_.taken, input.size());
  EXPECT_EQ(out().size(), input.size());
  EXPECT_TRUE(out() == input);
}

TEST_F(Exec, ASlowReaderStopsTheReading) {
  port_.credit = 100'000;
  ASSERT_FALSE(start(shell("head -c 5000000 /dev/zero; echo done >&2")));
  port_.on_sent = [&] { stop_ = port_.credit == 0; };
  EXPECT_TRUE(run());
  EXPECT_EQ(out().size(), 100'000u);
  handler_->on_writable();
  EXPECT_EQ(out().size(), 100'000u);

  port_.on_sent = [] {};
  port_.credit = SIZE_MAX;
  handler_->on_writable();
  EXPECT_TRUE(run());
  EXPECT_EQ(out().size(), 5'000'000u);
  EXPECT_EQ(err(), "done\n");
}

TEST_F(Exec, FramesKeepToWhatTheLinkTakes) {
  port_.largest_frame = 1000;
  run_to_result(shell("head -c 100000 /dev/zero"));
  EXPECT_EQ(out().size(), 100'000u);
}

TEST_F(Exec, WithoutAnyCreditAQuietCommandStillEnds) {
  port_.credit = 0;
  EXPECT_EQ(run_to_result(shell("exit 3")).exit_code, 3);
}

TEST_F(Exec, ADaemonThatInheritsStdoutDoesNotHangTheCall) {
  const auto before = clock_.boot();
  const auto result = run_to_result(shell("echo started; setsid sleep 50 & echo $! > " + path("pid")));
  const auto took = clock_.boot() - before;
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(out(), "started\n");
  EXPECT_GE(took, agent::kOutputGrace);
  EXPECT_LT(took, Millis(20'000));
  int pid = 0;
  std::ifstream(path("pid")) >> pid;
  EXPECT_TRUE(alive(pid));
  ::kill(pid, SIGKILL);
}

TEST_F(Exec, OutputBeforeTheExitIsDeliveredToASlowReaderAfterTheGrace) {
  port_.credit = 10;
  ASSERT_FALSE(start(shell("head -c 50000 /dev/zero; setsid sleep 50 & echo $! > " + path("pid"))));
  daemon::Reactor::Timer later(reactor_);
  later.after(agent::kOutputGrace + agent::kOutputGrace / 2, [&] { stop_ = true; });
  EXPECT_TRUE(run());
  EXPECT_FALSE(port_.done);
  port_.credit = SIZE_MAX;
  handler_->on_writable();
  EXPECT_TRUE(port_.done);
  EXPECT_EQ(out().size(), 50'000u);
  int pid = 0;
  std::ifstream(path("pid")) >> pid;
  ::kill(pid, SIGKILL);
}

TEST_F(Exec, TheLimitKillsTheWholeGroup) {
  auto params = shell("sleep 50 & echo $!; sh -c 'sleep 50 & echo $!; wait' & wait");
  params.limit = Millis(300);
  const auto result = run_to_result(params);
  EXPECT_TRUE(result.limit_hit);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_GE(result.duration_ms, 300u);
  std::istringstream pids(out());
  int count = 0;
  for (int pid = 0; pids >> pid; ++count) EXPECT_TRUE(goes_away(pid)) << pid;
  EXPECT_EQ(count, 2);
}

TEST_F(Exec, ALimitThatIsNotReachedIsNotHit) {
  auto params = shell("exit 4");
  params.limit = Millis(50'000);
  EXPECT_FALSE(run_to_result(params).limit_hit);
}

// The pipe ends in the middle of a line; a shell that saw the end of its input would run the cut line.
TEST_F(Exec, ALostConnectionKillsBeforeStdinCloses) {
  auto params = command({"/bin/sh"});
  params.stdin_ = true;
  ASSERT_FALSE(start(params));
  feed("echo $$; exec 3>&1\ntouch " + path("cut"));
  port_.on_sent = [&] { stop_ = true; };
  EXPECT_TRUE(run());
  const int pid = std::stoi(out());
  EXPECT_TRUE(alive(pid));
  handler_->on_lost(fail(Errc::connection_lost, "cut"));
  handler_.reset();
  run_dry(); // until the killed child is reaped
  EXPECT_FALSE(alive(pid));
  EXPECT_FALSE(std::filesystem::exists(path("cut")));
}

TEST_F(Exec, ArgumentsAndOutputNeedNoUtf8) {
  const std::string bytes = "\xff\xfe caf\xe9 \x01";
  run_to_result(command({"printf", "%s", bytes}));
  EXPECT_EQ(out(), bytes);
}

TEST_F(Exec, AMissingProgramIsNamed) {
  for (const auto* program : {"no-such-program", "/usr/bin/no-such-program", "./no-such-program"}) {
    const auto error = start(command({program}));
    ASSERT_TRUE(error) << program;
    EXPECT_EQ(error->code, Errc::not_found);
    EXPECT_NE(error->message.find(program), std::string::npos) << error->message;
  }
}

TEST_F(Exec, WhatIsNoProgramIsTold) {
  std::ofstream(path("text")) << "just text";
  EXPECT_EQ(start(command({path("text")}))->code, Errc::permission);
  std::filesystem::permissions(path("text"), std::filesystem::perms::owner_all);
  EXPECT_EQ(start(command({path("text")}))->code, Errc::unsupported);
  EXPECT_EQ(start(command({directory_}))->code, Errc::permission);
}

TEST_F(Exec, RunsInCwdOrElseAtHome) {
  auto params = command({"pwd"});
  run_to_result(params);
  EXPECT_EQ(out(), agent::own_account().home + "\n");
  out().clear();
  port_.done = false;
  port_.ended.clear();
  params.cwd = directory_;
  run_to_result(params);
  EXPECT_EQ(out(), directory_ + "\n");
}

TEST_F(Exec, AMissingCwdIsNamedAndNotTheProgram) {
  auto params = command({"pwd"});
  params.cwd = path("nowhere");
  const auto error = start(params);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::not_found);
  EXPECT_NE(error->message.find("nowhere: no such directory"), std::string::npos) << error->message;
}

TEST_F(Exec, TheEnvironmentIsCleanPlusWhatWasAsked) {
  ::setenv("LD_SECRET_OF_THE_DAEMON", "x", 1);
  ::setenv("LANG", "de_DE.UTF-8", 1);
  auto params = command({"env"});
  params.env = std::vector<OsString>{"DEPTH=3", "HOME=/elsewhere"};
  run_to_result(params);
  std::set<std::string> lines;
  std::istringstream text(out());
  for (std::string line; std::getline(text, line);) lines.insert(line);
  const auto own = agent::own_account();
  EXPECT_EQ(lines, (std::set<std::string>{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/elsewhere",
                                          "USER=" + own.name, "LOGNAME=" + own.name, "SHELL=" + own.shell, "LANG=de_DE.UTF-8",
                                          "RS_AGENT_ID=a-test", "RS_AGENT_NAME=web1", "RS_SESSION=" + caller_.session.text(),
                                          "DEPTH=3"}));
}

TEST_F(Exec, InheritsNothingButThreeDescriptors) {
  const std::ofstream open_in_the_daemon(path("open"));
  run_to_result(command({"ls", "/proc/self/fd"}));
  EXPECT_EQ(out(), "0\n1\n2\n3\n"); // 3 is the directory that ls reads
}

TEST_F(Exec, SignalsAreAtTheirDefaults) {
  std::signal(SIGHUP, SIG_IGN);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  run_to_result(shell("sed -n 's/^Sig\\(Blk\\|Ign\\):\t//p' /proc/self/status"));
  ::pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
  std::signal(SIGHUP, SIG_DFL);
  std::istringstream masks(out());
  std::uint64_t held = 1, ignored = 1;
  masks >> std::hex >> held >> ignored;
  EXPECT_EQ(held, 0u);
  EXPECT_EQ(ignored & 0x7fffffffU, 0u) << "above are two signals that glibc keeps to itself";
}

TEST_F(Exec, ShellJoinsItsWordsBySpaces) {
  auto params = command({"echo", "$((1+2))", "|", "tr", "3", "x"});
  params.shell = true;
  run_to_result(params);
  EXPECT_EQ(out(), "x\n");
}

TEST_F(Exec, AProgramMayCloseItsStdinEarly) {
  auto params = shell("exec 0<&-; echo closed; while [ ! -e " + path("go") + " ]; do :; done; exit 5");
  params.stdin_ = true;
  ASSERT_FALSE(start(params));
  port_.on_sent = [&] { stop_ = true; };
  EXPECT_TRUE(run());
  const std::string chunk(100'000, 'x');
  for (int i = 0; i < 30; ++i) feed(chunk);
  EXPECT_EQ(port_.taken, 3'000'000u);
  std::ofstream(path("go")).flush();
  EXPECT_TRUE(run());
  EXPECT_EQ(result().exit_code, 5);
}

TEST_F(Exec, BadParametersNameTheirField) {
  const auto with = [](auto change) {
    auto params = command({"true"});
    change(params);
    return params;
  };
  struct Case {
    ExecParams params;
    Errc code;
    const char* field;
  };
  const std::vector<Case> cases = {
      {with([](auto& p) { p.argv.clear(); }), Errc::invalid, "argv"},
      {with([](auto& p) { p.argv = {""}; }), Errc::invalid, "argv"},
      {with([](auto& p) { p.argv.push_back(std::string("a\0b", 3)); }), Errc::invalid, "argv"},
      {with([](auto& p) { p.argv.push_back(std::string(2 << 20, 'x')); }), Errc::limit, "131072"},
      {with([](auto& p) { p.argv.push_back(std::string(500'000, 'x')); }), Errc::limit, "arguments"},
      {with([](auto& p) { p.script = std::string((1 << 20) + 1, 'x'); }), Errc::limit, "script"},
      {with([](auto& p) { p.script = "true", p.shell = true; }), Errc::invalid, "shell"},
      {with([](auto& p) { p.env = std::vector<OsString>{"NOVALUE"}; }), Errc::invalid, "env"},
      {with([](auto& p) { p.env = std::vector<OsString>{"=x"}; }), Errc::invalid, "env"},
      {with([](auto& p) { p.cwd = ""; }), Errc::invalid, "cwd"},
      {with([](auto& p) { p.user = "no-such-user"; }), Errc::not_found, "no-such-user"},
      {with([](auto& p) { p.limit = Millis(0); }), Errc::invalid, "limit"},
  };
  for (const auto& bad : cases) {
    const auto error = start(bad.params);
    ASSERT_TRUE(error) << bad.field;
    EXPECT_EQ(error->code, bad.code) << error->message;
    EXPECT_NE(error->message.find(bad.field), std::string::npos) << error->message;
  }
}

} // namespace
