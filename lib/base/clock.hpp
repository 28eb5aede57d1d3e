#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace rs {

// Wall time: for certificates and audit only. Never for deadlines.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
// Time since boot, suspended time included: for deadlines, grants and sessions.
struct BootClock {
  using duration = std::chrono::milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};
using BootTime = BootClock::time_point;
using Millis = std::chrono::milliseconds;

// What the programs read; machines get the time as an argument. lib/daemon has the real one, tests/support a fake.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual BootTime boot() const = 0;
};

inline std::int64_t to_unix_seconds(WallTime t) { return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count(); }
inline WallTime from_unix_seconds(std::int64_t s) { return WallTime(std::chrono::seconds(s)); }

std::string to_rfc3339(WallTime t);                   // UTC, milliseconds: 2026-11-24T08:30:00.123Z
Result<WallTime> from_rfc3339(std::string_view text); // UTC ("Z") only

// Every clock can count so far from now, in nanoseconds too.
inline constexpr Millis kLongestDuration = std::chrono::days(3650);
// Durations of the command line: 500ms 30s 5m 2h 7d. `invalid` above kLongestDuration.
Result<Millis> parse_duration(std::string_view text);
std::string format_duration(Millis d); // the largest unit that divides it
// Sizes of the command line: 512 64K 10M 2G, powers of 1024.
Result<std::uint64_t> parse_size(std::string_view text);

} // namespace rs
