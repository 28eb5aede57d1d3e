#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

// What the measuring programs share: pipes between their processes, CPU time and memory.
namespace rs::bench {

struct Cpu {
  double user = 0, system = 0; // seconds
  double total() const { return user + system; }
};

inline Cpu cpu_so_far() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return {seconds(used.ru_utime), seconds(used.ru_stime)};
}

// Of another process, in steps of the kernel's clock tick (10 ms).
inline Cpu cpu_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  const auto tick = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return {user / tick, system / tick};
}

// KiB, a line of /proc/PID/smaps_rollup ("Rss", "Pss", "Anonymous").
inline long memory_kib(const std::string& field, const std::string& pid = "self") {
  std::ifstream file("/proc/" + pid + "/smaps_rollup");
  for (std::string word; file >> word;)
    if (word == field + ":") {
      long kib = 0;
      file >> kib;
      return kib;
    }
  return 0;
}

template <class T>
void put(int descriptor, const T& value) {
  if (::write(descriptor, &value, sizeof value) != static_cast<ssize_t>(sizeof value)) std::abort();
}
template <class T>
T take(int descriptor) {
  T value{};
  if (::read(descriptor, &value, sizeof value) != static_cast<ssize_t>(sizeof value)) std::abort();
  return value;
}

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    read = ends[0];
    write = ends[1];
  }
};

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace rs::bench
