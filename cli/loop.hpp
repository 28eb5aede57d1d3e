#pragma once

#include "daemon/reactor.hpp"
#include "daemon/signals.hpp"

#include <memory>
#include <optional>

namespace rs::cli {

// The reactor of one command, run in stretches: each waits for one thing, for the command's whole time, or for a signal.
class Loop {
 public:
  explicit Loop(std::optional<Millis> timeout); // of the whole command

  daemon::Reactor& reactor() { return reactor_; }
  // Until `done`. `timeout`; `interrupted` by SIGINT, SIGTERM or SIGHUP.
  Result<void> run_until(const bool& done);
  // Until `done`, or for this long, with no look at signals or the command's time: for leaving in order.
  void linger(const bool& done, Millis at_most);

 private:
  daemon::Reactor reactor_;
  std::unique_ptr<daemon::Signals> signals_;
  daemon::Reactor::Timer timer_;
  std::optional<Millis> timeout_;
  bool interrupted_ = false;
  bool timed_out_ = false;
};

} // namespace rs::cli
