#include "agentd/backoff.hpp"

#include <algorithm>

namespace rs::agent {

Millis Backoff::up_to(Millis window) {
  const auto random = load_be<std::uint64_t>(random_.array<8>().data());
  return Millis(static_cast<Millis::rep>(random % (static_cast<std::uint64_t>(window.count()) + 1)));
}

Millis Backoff::after(Millis wait) { return std::clamp(wait, Millis(0), limits_.longest_wait) + up_to(limits_.first); }

Millis Backoff::next() {
  const Millis delay = up_to(window_);
  window_ = std::min(window_ * 2, limits_.longest);
  return delay;
}

} // namespace rs::agent
