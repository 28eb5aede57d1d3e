// echo_times RSCTL AGENT N: times N round trips of one line through `RSCTL exec AGENT -- cat`; prints median and 95th
// percentile in milliseconds.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

using Steady = std::chrono::steady_clock;

struct Echo {
  int to = -1;
  int from = -1;
  pid_t pid = -1;
};

Echo start(char* rsctl, char* agent) {
  int in[2], out[2];
  if (::pipe(in) != 0 || ::pipe(out) != 0) std::abort();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    for (const int fd : {in[0], in[1], out[0], out[1]}) ::close(fd);
    ::execl(rsctl, rsctl, "exec", agent, "--", "cat", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  return {in[1], out[0], pid};
}

bool round_trip(const Echo& echo) {
  if (::write(echo.to, "12345678\n", 9) != 9) return false;
  char line[9];
  for (std::size_t got = 0; got < sizeof line;) {
    const auto n = ::read(echo.from, line + got, sizeof line - got);
    if (n <= 0) return false;
    got += static_cast<std::size_t>(n);
  }
  return true;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int rounds = std::atoi(argv[3]);
  const auto echo = start(argv[1], argv[2]);
  if (!round_trip(echo)) return 1; // the session's start is not an echo
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const auto begin = Steady::now();
    if (!round_trip(echo)) return 1;
    times.push_back(std::chrono::duration<double, std::milli>(Steady::now() - begin).count());
    std::this_thread::sleep_for(std::chrono::milliseconds(10)); // somebody types
  }
  ::close(echo.to);
  ::waitpid(echo.pid, nullptr, 0);
  std::sort(times.begin(), times.end());
  std::printf("%.2f, %.2f\n", times[times.size() / 2], times[times.size() * 95 / 100]);
}
