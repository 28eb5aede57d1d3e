#pragma once

#include "base/clock.hpp"

#include <mutex>

namespace rs::relay {

// How many refusals of strangers go into the audit: anybody can cause one, so beyond this they are only logged, and the
// audit cannot be filled from outside. Thread-safe.
class RefusalBudget {
 public:
  explicit RefusalBudget(int per_minute) : per_minute_(per_minute) {}

  bool take(WallTime now) {
    const std::lock_guard lock(mutex_);
    if (now - since_ >= std::chrono::minutes(1) || now < since_) {
      since_ = now;
      taken_ = 0;
    }
    if (taken_ == per_minute_) return false;
    ++taken_;
    return true;
  }

 private:
  const int per_minute_;
  std::mutex mutex_;
  WallTime since_{};
  int taken_ = 0;
};

} // namespace rs::relay
