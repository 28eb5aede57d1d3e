#pragma once

#include "daemon/reactor.hpp"

#include <functional>
#include <memory>

namespace rs::daemon {

// Signals as calls on a reactor's thread, until it is destroyed. It counts as something to wait for.
class Signals {
 public:
  virtual ~Signals() = default;
};

// SIGTERM, SIGINT and SIGHUP. The second SIGTERM or SIGINT ends the process at once, by that signal. SIGPIPE is
// ignored from then on. One a process.
std::unique_ptr<Signals> on_signals(Reactor& reactor, std::function<void(int signal)> handler);

} // namespace rs::daemon
