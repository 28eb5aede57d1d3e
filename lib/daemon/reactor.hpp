#pragma once

#include "base/clock.hpp"

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace rs::daemon {

// The event loop of one thread: an io_context(1). Everything but post() is called on its thread (or before run()).
class Reactor {
 public:
  using Task = std::function<void()>;

  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  void run();                       // until stop(), or until nothing is left to wait for
  void run_until(const bool& done); // the same, and until `done` is true after some handler
  void stop();                      // from any thread
  void post(Task task);             // from any thread; runs later, in order
  boost::asio::io_context& context();

  // A one-shot timer on the steady clock; destroying or re-arming it cancels it without a call.
  class Timer {
   public:
    explicit Timer(Reactor& reactor);
    ~Timer();
    Timer(Timer&&) noexcept;
    Timer& operator=(Timer&&) noexcept;
    void after(Millis delay, Task task); // after kLongestDuration at the latest
    void cancel();

   private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
  };

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace rs::daemon
