#include "cli/loop.hpp"

namespace rs::cli {

Loop::Loop(std::optional<Millis> timeout)
    : signals_(daemon::on_signals(reactor_,
                                  [this](int) {
                                    interrupted_ = true;
                                    reactor_.stop();
                                  })),
      timer_(reactor_), timeout_(timeout) {
  if (!timeout) return;
  timer_.after(*timeout, [this] {
    timed_out_ = true;
    reactor_.stop();
  });
}

Result<void> Loop::run_until(const bool& done) {
  if (!interrupted_ && !timed_out_) reactor_.run_until(done);
  if (interrupted_) return fail(Errc::interrupted, "interrupted by a signal");
  if (done) return {};
  if (timed_out_) return fail(Errc::timeout, "not done within " + format_duration(*timeout_));
  return fail(Errc::internal, "nothing left to wait for");
}

void Loop::linger(const bool& done, Millis at_most) {
  bool over = false;
  timer_.after(at_most, [&] {
    over = true;
    reactor_.stop();
  });
  while (!done && !over) reactor_.run_until(done);
  timer_.cancel();
}

} // namespace rs::cli
