#include "net/wheel_timer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace rs::net {

namespace asio = boost::asio;

Millis steady_now() { return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch()); }

// The wheel of one io_context, and the one timer of the operating system that turns it.
class WheelTimer::Service final : public asio::execution_context::service {
 public:
  static inline asio::execution_context::id id;
  explicit Service(asio::execution_context& owner)
      : asio::execution_context::service(owner), timer_(static_cast<asio::io_context&>(owner)) {}

  void schedule(TimerWheel::Entry& entry, Millis delay) {
    wheel_.schedule(entry, steady_now(), delay);
    arm();
  }
  void cancel(TimerWheel::Entry& entry) {
    wheel_.cancel(entry);
    if (wheel_.armed() == 0 && armed_for_ && !shut_down_) {
      armed_for_.reset();
      timer_.cancel(); // an idle io_context may end its run()
    }
  }

 private:
  void shutdown() override {
    shut_down_ = true;
    timer_.cancel();
  }

  void arm() {
    const auto due = wheel_.next_due();
    if (!due || (armed_for_ && *armed_for_ <= *due)) return;
    armed_for_ = due;
    timer_.expires_at(std::chrono::steady_clock::time_point(*due));
    timer_.async_wait([this](const boost::system::error_code& failed) {
      if (failed) return;
      armed_for_.reset();
      wheel_.advance(steady_now());
      arm();
    });
  }

  TimerWheel wheel_;
  asio::steady_timer timer_;
  std::optional<Millis> armed_for_;
  bool shut_down_ = false; // handlers, and the timers in them, are destroyed after that
};

WheelTimer::WheelTimer(asio::io_context& context, std::function<void()> fire) : service_(&asio::use_service<Service>(context)) {
  entry_.fire = std::move(fire);
}
WheelTimer::~WheelTimer() { cancel(); }
void WheelTimer::after(Millis delay) { service_->schedule(entry_, delay); }
void WheelTimer::cancel() { service_->cancel(entry_); }

} // namespace rs::net
