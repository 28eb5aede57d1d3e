#pragma once

#include "base/clock.hpp"
#include "crypto/random.hpp"

namespace rs::agent {

// When to try again: somewhere between nothing and a window that doubles ("full jitter"), so that a fleet whose relay
// restarts does not come back in step. Sans-IO.
class Backoff {
 public:
  struct Limits {
    Millis first{1'000};
    Millis longest{60'000};
    Millis longest_wait{300'000};
  };

  Backoff(crypto::Random& random, Limits limits) : random_(random), limits_(limits), window_(limits.first) {}

  Millis next(); // up to the window, which doubles
  void reset() { window_ = limits_.first; }
  Millis longest() const { return limits_.longest; }
  // Not before `wait` has passed, and then spread over the first window. Whoever asks for more than longest_wait gets that.
  Millis after(Millis wait);

 private:
  Millis up_to(Millis window);

  crypto::Random& random_;
  Limits limits_;
  Millis window_;
};

} // namespace rs::agent
