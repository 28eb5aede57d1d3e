#include "agentd/services/warden.hpp"

#include "unit/agentd/exec_fixture.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <csignal>

namespace {

using namespace rs;
using namespace rs::test;
using agent::Warden;

// A warden in a fork of the test, and a command that leaves a mark once its stdin has ended.
class WardenOfCommands : public ExecTest {
 protected:
  WardenOfCommands() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    stdin_end_ = daemon::Descriptor(ends[1]);
    const auto line = "cat > /dev/null; touch " + path("mark");
    group_ = ::fork();
    if (group_ != 0) {
      ::setpgid(group_, group_);
      ::close(ends[0]);
      return;
    }
    ::setpgid(0, 0);
    ::dup2(ends[0], STDIN_FILENO);
    ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    ::_exit(127);
  }
  ~WardenOfCommands() override {
    stdin_end_ = {};
    if (group_ > 0) wait();
  }

  Result<Warden::Started> start_warden() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::dup2(ends[1], STDIN_FILENO);
      ::close_range(STDERR_FILENO + 1, ~0U, 0);
      ::_exit(agent::warden_main());
    }
    ::close(ends[1]);
    wardens_.push_back(pid);
    return Warden::Started{daemon::Descriptor(ends[0]), pid};
  }
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(group_, -1), &status, 0);
    return status;
  }
  bool marked() const { return std::filesystem::exists(path("mark")); }

  daemon::Descriptor stdin_end_;
  pid_t group_ = -1;
  std::vector<pid_t> wardens_;
  std::optional<Warden> warden_{[this] { return start_warden(); }};
};

TEST_F(WardenOfCommands, KillsTheGroupOfADaemonThatDiesBeforeItsStdinEnds) {
  warden_->watch(group_, stdin_end_.get()).value();
  stdin_end_ = {}; // as the system closes what a dead process had
  warden_.reset();
  const int status = wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  EXPECT_FALSE(marked());
}

TEST_F(WardenOfCommands, LetsStdinEndWhenTheDaemonSaysSo) {
  warden_->watch(group_, stdin_end_.get()).value();
  warden_->close_stdin(group_);
  stdin_end_ = {};
  EXPECT_EQ(wait(), 0);
  EXPECT_TRUE(marked());
}

TEST_F(WardenOfCommands, LeavesAForgottenGroupAlone) {
  warden_->watch(group_, stdin_end_.get()).value();
  warden_->forget(group_);
  warden_.reset();
  stdin_end_ = {};
  EXPECT_EQ(wait(), 0);
  EXPECT_TRUE(marked());
}

TEST_F(WardenOfCommands, IsStartedAgainWhereItHasGone) {
  warden_->watch(group_, -1).value();
  ::kill(wardens_.front(), SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(wardens_.front()), &info, WEXITED | WNOWAIT);
  EXPECT_TRUE(warden_->watch(group_, -1));
  EXPECT_EQ(wardens_.size(), 2u);
  warden_.reset();
  EXPECT_TRUE(WIFSIGNALED(wait()));
}

TEST_F(WardenOfCommands, ACommandThatCannotBeGuardedIsRefused) {
  Warden none([] { return Result<Warden::Started>(fail(Errc::io, "no process")); });
  settings_.warden = &none;
  EXPECT_EQ(start(shell("touch " + path("unguarded")))->code, Errc::io);
  run_dry();
}

TEST_F(WardenOfCommands, AGuardedCommandSeesTheEndOfItsStdin) {
  settings_.warden = &*warden_;
  auto params = command({"cat"});
  params.stdin_ = true;
  ASSERT_FALSE(start(params));
  feed("all of it");
  handler_->on_end(session::kExecStdin);
  EXPECT_TRUE(run());
  EXPECT_EQ(result().exit_code, 0);
  EXPECT_EQ(out(), "all of it");
  run_dry();
}

} // namespace
