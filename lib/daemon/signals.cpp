#include "daemon/signals.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>

namespace rs::daemon {
namespace {

class AsioSignals final : public Signals {
 public:
  AsioSignals(Reactor& reactor, std::function<void(int)> handler)
      : set_(reactor.context(), SIGTERM, SIGINT, SIGHUP), handler_(std::move(handler)) {
    std::signal(SIGPIPE, SIG_IGN);
    wait();
  }

 private:
  void wait() {
    set_.async_wait([this](const boost::system::error_code& failed, int signal) {
      if (failed) return;
      wait();
      if (signal != SIGHUP) end_at_the_next();
      handler_(signal);
    });
  }

  // Given back to the system, the next one ends the process even if this thread hangs.
  void end_at_the_next() {
    boost::system::error_code ignored;
    set_.remove(SIGTERM, ignored);
    set_.remove(SIGINT, ignored);
  }

  boost::asio::signal_set set_;
  std::function<void(int)> handler_;
};

} // namespace

std::unique_ptr<Signals> on_signals(Reactor& reactor, std::function<void(int)> handler) {
  return std::make_unique<AsioSignals>(reactor, std::move(handler));
}

} // namespace rs::daemon
