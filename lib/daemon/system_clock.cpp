#include "daemon/system_clock.hpp"

#include <time.h>

namespace rs::daemon {
namespace {

Millis read_clock(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return std::chrono::duration_cast<Millis>(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

} // namespace

WallTime SystemClock::wall() const { return WallTime(read_clock(CLOCK_REALTIME)); }
BootTime SystemClock::boot() const { return BootTime(read_clock(CLOCK_BOOTTIME)); }

} // namespace rs::daemon
