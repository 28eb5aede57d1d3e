#pragma once

#include "base/clock.hpp"

namespace rs::daemon {

// The operating system's clocks: CLOCK_REALTIME and CLOCK_BOOTTIME (suspended time included).
class SystemClock final : public Clock {
 public:
  WallTime wall() const override;
  BootTime boot() const override;
};

} // namespace rs::daemon
