#pragma once

#include "net/timer_wheel.hpp"

namespace boost::asio {
class io_context;
}

namespace rs::net {

// A one-shot timer on the one wheel of its io_context (so of its thread). Coarse: TimerWheel::kTick.
class WheelTimer {
 public:
  WheelTimer(boost::asio::io_context& context, std::function<void()> fire);
  ~WheelTimer();
  WheelTimer(const WheelTimer&) = delete;
  WheelTimer& operator=(const WheelTimer&) = delete;
  void set(std::function<void()> fire) { entry_.fire = std::move(fire); }
  void after(Millis delay); // re-arms
  void cancel();

 private:
  class Service;
  Service* service_;
  TimerWheel::Entry entry_;
};

Millis steady_now(); // the wheel's time

} // namespace rs::net
