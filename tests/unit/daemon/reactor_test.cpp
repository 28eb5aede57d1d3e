#include "daemon/reactor.hpp"

#include "daemon/log_sink.hpp"
#include "daemon/ready.hpp"
#include "daemon/signals.hpp"
#include "daemon/system_clock.hpp"
#include "scratch_directory.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

namespace rs::daemon {
namespace {

TEST(ReactorTest, RunsTasksInOrderAndEndsWhenNothingIsLeft) {
  Reactor reactor;
  std::string order;
  for (const char c : {'a', 'b', 'c'}) reactor.post([&order, c] { order += c; });
  reactor.run();
  EXPECT_EQ(order, "abc");
}

TEST(ReactorTest, AStopBeforeRunIsNotLost) {
  Reactor reactor;
  reactor.post([] { FAIL() << "stopped"; });
  reactor.stop();
  reactor.run();
}

TEST(ReactorTest, TheLongestDelayDoesNotWrapAroundToNow) {
  Reactor reactor;
  Reactor::Timer longest(reactor), soon(reactor);
  longest.after(Millis::max(), [] { FAIL() << "fired"; });
  bool done = false;
  soon.after(Millis(1), [&] { done = true; });
  reactor.run_until(done);
}

TEST(ReactorTest, RearmedOrDestroyedTimersDoNotFire) {
  Reactor reactor;
  std::string fired;
  Reactor::Timer timer(reactor);
  {
    Reactor::Timer gone(reactor);
    gone.after(Millis(0), [&] { fired += "gone "; });
  }
  timer.after(Millis(0), [&] { fired += "first "; });
  timer.after(Millis(1), [&] { fired += "second "; });
  reactor.run();
  EXPECT_EQ(fired, "second ");
}

TEST(ReactorTest, ATimerMayDestroyItselfWhenItFires) {
  Reactor reactor;
  auto timer = std::make_unique<Reactor::Timer>(reactor);
  timer->after(Millis(0), [&] { timer.reset(); });
  reactor.run();
  EXPECT_FALSE(timer);
}

TEST(SystemClockTest, BothClocksGoForward) {
  const SystemClock clock;
  EXPECT_GT(to_unix_seconds(clock.wall()), 1'700'000'000);
  EXPECT_GT(clock.boot().time_since_epoch().count(), 0);
  EXPECT_LE(clock.boot(), clock.boot());
}

TEST(SignalsTest, AreCallsOnTheReactor) {
  Reactor reactor;
  int seen = 0;
  const auto signals = on_signals(reactor, [&](int signal) {
    seen = signal;
    reactor.stop();
  });
  ::raise(SIGHUP);
  reactor.run();
  EXPECT_EQ(seen, SIGHUP);
}

TEST(SignalsTest, TheSecondSigtermEndsTheProcess) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    Reactor reactor;
    const auto signals = on_signals(reactor, [](int) { ::raise(SIGTERM); });
    ::raise(SIGTERM);
    reactor.run();
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << status;
}

TEST(Ready, WritesOneLineAndClosesTheDescriptor) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_TRUE(write_ready_line(ends[1], "127.0.0.1:443"));
  char text[64];
  EXPECT_EQ(std::string(text, static_cast<std::size_t>(::read(ends[0], text, sizeof text))), "127.0.0.1:443\n");
  EXPECT_EQ(::read(ends[0], text, sizeof text), 0);
  ::close(ends[0]);
}

TEST(Ready, ADescriptorThatIsNotOpenIsAUsageError) {
  for (const int descriptor : {-1, 0, 2, 987}) EXPECT_EQ(write_ready_line(descriptor, "x").error().code, Errc::usage);
}

TEST(Ready, TellsTheSupervisor) {
  const ScratchDirectory directory;
  const std::string path = directory / "notify";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  EXPECT_TRUE(notify_supervisor("READY=1"));
  char text[64];
  EXPECT_EQ(std::string(text, static_cast<std::size_t>(::recv(socket, text, sizeof text, 0))), "READY=1");
  ::close(socket);
  EXPECT_FALSE(notify_supervisor("READY=1"));
  ::unsetenv("NOTIFY_SOCKET");
  EXPECT_TRUE(notify_supervisor("READY=1"));
}

TEST(LogSink, LinesAreEscapedAndQuoted) {
  const LogEvent event{LogLevel::warning, "net", "accept-failed", {{"peer", "::1"}, {"error", "a \"b\"\x1b[0m"}, {"empty", ""}}};
  const WallTime now = from_unix_seconds(1'767'225'600);
  EXPECT_EQ(format_log_line(LogFormat::text, now, event),
            "2026-01-01T00:00:00.000Z warning net accept-failed peer=::1 error=\"a \\\"b\\\"\\\\x1b[0m\" empty=\"\"");
  EXPECT_EQ(
      format_log_line(LogFormat::json, now, event),
      R"({"time":"2026-01-01T00:00:00.000Z","level":"warning","logger":"net","event":"accept-failed","peer":"::1","error":"a \"b\"\\x1b[0m","empty":""})");
}

TEST(LogSink, LevelsAndFormatsAreNamed) {
  EXPECT_EQ(*parse_log_level("debug"), LogLevel::debug);
  EXPECT_EQ(*parse_log_format("json"), LogFormat::json);
  EXPECT_EQ(parse_log_level("loud").error().code, Errc::usage);
  EXPECT_EQ(parse_log_format("xml").error().code, Errc::usage);
}

} // namespace
} // namespace rs::daemon
