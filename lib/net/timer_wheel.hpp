#pragma once

#include "base/clock.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

namespace rs::net {

// Many coarse timers at the cost of a list node each: a hashed wheel. Deadlines are rounded up to kTick. Sans-IO:
// time is any steady count of milliseconds that the caller passes in and that never goes back.
class TimerWheel {
 public:
  static constexpr Millis kTick{16};
  static constexpr std::size_t kSlots = 1024; // 16 s a turn

  // One timer. It unlinks itself when it is destroyed and never moves.
  class Entry {
   public:
    Entry() = default;
    ~Entry() { unlink(); }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    bool armed() const { return next_ != nullptr; }
    std::function<void()> fire; // may re-arm or destroy this entry, and others

   private:
    friend class TimerWheel;
    void unlink();
    Entry* next_ = nullptr;
    Entry* previous_ = nullptr;
    std::int64_t tick_ = 0;
    TimerWheel* wheel_ = nullptr;
  };

  TimerWheel();
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  void schedule(Entry& entry, Millis now, Millis delay); // re-arms
  void cancel(Entry& entry) { entry.unlink(); }
  void advance(Millis now); // fires what is due
  // A time not after the next deadline, where there is one: when advance() should be called.
  std::optional<Millis> next_due() const;
  std::size_t armed() const { return armed_; }

 private:
  struct Slot {
    Entry head; // of a ring; an empty one points at itself
  };
  static std::int64_t to_tick(Millis t) { return t / kTick; }
  void insert(Entry& head, Entry& entry);
  void collect(std::int64_t tick, Entry& due);

  std::array<Slot, kSlots> slots_;
  std::int64_t now_ = 0; // tick up to which everything has fired
  std::size_t armed_ = 0;
};

} // namespace rs::net
