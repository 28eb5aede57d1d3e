#include "daemon/reactor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>

namespace rs::daemon {

namespace asio = boost::asio;

struct Reactor::Impl {
  asio::io_context context{1};
  std::atomic<bool> stopping = false;
};

Reactor::Reactor() : impl_(std::make_unique<Impl>()) {}
Reactor::~Reactor() = default;

// stopping is looked at after restart(), so that a stop() from another thread just before is not lost.
void Reactor::run() {
  impl_->context.restart();
  if (!impl_->stopping) impl_->context.run();
  impl_->stopping = false;
}

void Reactor::run_until(const bool& done) {
  impl_->context.restart();
  while (!done && !impl_->stopping && impl_->context.run_one() != 0) {}
  impl_->stopping = false;
}

void Reactor::stop() {
  impl_->stopping = true;
  impl_->context.stop();
}

void Reactor::post(Task task) { asio::post(impl_->context, std::move(task)); }
asio::io_context& Reactor::context() { return impl_->context; }

struct Reactor::Timer::Impl {
  explicit Impl(asio::io_context& context) : timer(context) {}
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                             asio::io_context::executor_type>
      timer;
  std::uint64_t round = 0; // a handler of an earlier round may already be queued when the timer is re-armed
};

Reactor::Timer::Timer(Reactor& reactor) : impl_(std::make_shared<Impl>(reactor.context())) {}
Reactor::Timer::Timer(Timer&&) noexcept = default;
Reactor::Timer& Reactor::Timer::operator=(Timer&& other) noexcept {
  if (this != &other) {
    cancel();
    impl_ = std::move(other.impl_);
  }
  return *this;
}
Reactor::Timer::~Timer() { cancel(); }

void Reactor::Timer::after(Millis delay, Task task) {
  const std::uint64_t round = ++impl_->round;
  impl_->timer.expires_after(std::clamp(delay, -kLongestDuration, kLongestDuration));
  impl_->timer.async_wait([weak = std::weak_ptr(impl_), round, task = std::move(task)](const boost::system::error_code& failed) {
    const auto self = weak.lock();
    if (!failed && self && self->round == round) task();
  });
}

void Reactor::Timer::cancel() {
  if (!impl_) return;
  ++impl_->round;
  impl_->timer.cancel();
}

} // namespace rs::daemon
