#include "net/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace rs::net {
namespace {

constexpr Millis kTick = TimerWheel::kTick;
constexpr Millis kTurn = kTick * static_cast<int>(TimerWheel::kSlots);

struct Wheel : testing::Test {
  // Advances as a caller would, from one next_due() to the next, until `end`.
  void run_until(Millis end) {
    for (auto due = wheel.next_due(); due && *due <= end; due = wheel.next_due()) wheel.advance(now = *due);
    wheel.advance(now = end);
  }
  TimerWheel wheel;
  Millis now{1'000'000};
};

TEST_F(Wheel, FiresOnceAndNotBeforeItsTime) {
  for (const Millis delay : {Millis(0), Millis(1), kTick, kTick + Millis(1), kTurn - Millis(1), kTurn, kTurn * 3 + Millis(5)}) {
    TimerWheel::Entry entry;
    std::vector<Millis> fired;
    entry.fire = [&] { fired.push_back(now); };
    const Millis start = now;
    wheel.schedule(entry, now, delay);
    run_until(start + delay + kTick * 4);
    ASSERT_EQ(fired.size(), 1u) << delay.count();
    EXPECT_GE(fired[0], start + delay);
    EXPECT_LE(fired[0], start + delay + kTick * 2);
    EXPECT_EQ(wheel.armed(), 0u);
  }
}

TEST_F(Wheel, RearmingMovesAndCancellingRemoves) {
  TimerWheel::Entry moved, cancelled;
  int fired = 0;
  moved.fire = cancelled.fire = [&] { ++fired; };
  wheel.schedule(moved, now, Millis(50));
  wheel.schedule(cancelled, now, Millis(50));
  wheel.schedule(moved, now, Millis(500));
  wheel.cancel(cancelled);
  run_until(now + Millis(400));
  EXPECT_EQ(fired, 0);
  run_until(now + Millis(200));
  EXPECT_EQ(fired, 1);
}

TEST_F(Wheel, AFiringEntryMayRearmItselfAndDestroyOthers) {
  auto other = std::make_unique<TimerWheel::Entry>();
  TimerWheel::Entry entry;
  int fired = 0;
  other->fire = [&] { ADD_FAILURE() << "destroyed"; };
  entry.fire = [&] {
    other.reset();
    if (++fired < 3) wheel.schedule(entry, now, Millis(20));
  };
  wheel.schedule(entry, now, Millis(20));
  wheel.schedule(*other, now, Millis(20));
  run_until(now + Millis(300));
  EXPECT_EQ(fired, 3);
}

TEST_F(Wheel, ALongPauseFiresEverythingThatIsDue) {
  std::vector<std::unique_ptr<TimerWheel::Entry>> entries;
  int fired = 0;
  for (int i = 0; i < 100; ++i) {
    entries.push_back(std::make_unique<TimerWheel::Entry>());
    entries.back()->fire = [&] { ++fired; };
    wheel.schedule(*entries.back(), now, Millis(i * 700));
  }
  wheel.advance(now + Millis(35'000));
  EXPECT_EQ(fired, 50);
  wheel.advance(now + Millis(200'000));
  EXPECT_EQ(fired, 100);
}

TEST_F(Wheel, HasNothingDueWhenEmpty) {
  EXPECT_FALSE(wheel.next_due());
  TimerWheel::Entry entry;
  wheel.schedule(entry, now, kTurn * 2);
  ASSERT_TRUE(wheel.next_due());
  EXPECT_LE(*wheel.next_due(), now + kTurn * 2 + kTick);
}

} // namespace
} // namespace rs::net
