#include "link/write_scheduler.hpp"

#include "unit/link/frames.hpp"
#include "wire/limits.hpp"

#include <gtest/gtest.h>

#include <map>

namespace {

using namespace rs;
using namespace rs::link;
using test::circuit_of;
using test::data_message;

std::vector<wire::CircuitId> drain(WriteScheduler& scheduler) {
  std::vector<wire::CircuitId> order;
  while (auto frame = scheduler.pop()) order.push_back(circuit_of(*frame));
  return order;
}

TEST(WriteScheduler, WritesSignalsFirstAndThenByClass) {
  WriteScheduler scheduler;
  scheduler.push(1, TrafficClass::bulk, data_message(1, 10));
  scheduler.push(3, TrafficClass::media, data_message(3, 10));
  scheduler.push(5, TrafficClass::interactive, data_message(5, 10));
  scheduler.push(7, TrafficClass::control, data_message(7, 10));
  scheduler.push_signal(wire::encode_credit(9, 1));
  scheduler.push_signal(wire::encode_credit(11, 1));
  EXPECT_EQ(drain(scheduler), (std::vector<wire::CircuitId>{9, 11, 7, 5, 3, 1}));
}

TEST(WriteScheduler, KeystrokePassesAFileThatIsUnderWay) {
  WriteScheduler scheduler;
  for (int i = 0; i < 4; ++i) scheduler.push(1, TrafficClass::bulk, data_message(1, 64 << 10));
  EXPECT_EQ(circuit_of(*scheduler.pop()), 1u);
  scheduler.push(3, TrafficClass::control, data_message(3, 20));
  EXPECT_EQ(drain(scheduler), (std::vector<wire::CircuitId>{3, 1, 1, 1}));
}

// One circuit writes large frames, the other small ones: over many rounds both get the same bytes.
TEST(WriteScheduler, TakesTurnsByBytesWithinAClass) {
  WriteScheduler scheduler;
  for (int i = 0; i < 64; ++i) scheduler.push(1, TrafficClass::bulk, data_message(1, wire::kMaxData));
  for (int i = 0; i < 1024; ++i) scheduler.push(3, TrafficClass::bulk, data_message(3, wire::kMaxData / 16));
  std::map<wire::CircuitId, std::int64_t> bytes;
  for (int i = 0; i < 500; ++i) {
    const auto frame = scheduler.pop();
    bytes[circuit_of(*frame)] += static_cast<std::int64_t>(frame->size());
    EXPECT_LE(std::abs(bytes[1] - bytes[3]), static_cast<std::int64_t>(2 * wire::kMaxMessage)) << "after frame " << i;
  }
  EXPECT_GT(bytes[1], 0);
}

TEST(WriteScheduler, FramesOfOneCircuitKeepTheirOrderWhenItsClassChanges) {
  WriteScheduler scheduler;
  RateMeter meter;
  const BootTime now{Millis(5000)};
  std::vector<TrafficClass> classes;
  for (std::uint8_t i = 0; i < 12; ++i) { // from the fifth frame on it counts as bulk
    classes.push_back(meter.classify(TrafficClass::interactive, 250'000, now));
    scheduler.push(1, classes.back(), data_message(1, 250'000, i));
  }
  ASSERT_EQ(classes.front(), TrafficClass::interactive);
  ASSERT_EQ(classes.back(), TrafficClass::bulk);
  scheduler.push(1, TrafficClass::interactive, wire::encode_frame(1, wire::FrameType::close, "{}"));
  for (std::uint8_t i = 0; i < 12; ++i) EXPECT_EQ(scheduler.pop()->data()[wire::kHeaderBytes], i);
  EXPECT_EQ(test::type_of(*scheduler.pop()), wire::FrameType::close);
}

TEST(WriteScheduler, CountsWhatIsQueuedInAllAndOfEachCircuit) {
  WriteScheduler scheduler;
  scheduler.push(1, TrafficClass::bulk, data_message(1, 92));
  scheduler.push(1, TrafficClass::bulk, data_message(1, 92));
  scheduler.push(3, TrafficClass::media, data_message(3, 42));
  scheduler.push_signal(wire::encode_credit(1, 5));
  EXPECT_EQ(scheduler.queued_bytes(1), 200u);
  EXPECT_EQ(scheduler.queued_bytes(3), 50u);
  EXPECT_EQ(scheduler.queued_bytes(5), 0u);
  EXPECT_EQ(scheduler.queued_bytes(), 262u);
  (void)drain(scheduler);
  EXPECT_EQ(scheduler.queued_bytes() + scheduler.queued_bytes(1), 0u);
}

TEST(WriteScheduler, DropForgetsOneCircuitAndLeavesTheSignals) {
  WriteScheduler scheduler;
  for (int i = 0; i < 3; ++i) scheduler.push(1, TrafficClass::bulk, data_message(1, 100));
  scheduler.push(3, TrafficClass::bulk, data_message(3, 100));
  scheduler.push_signal(wire::encode_credit(1, 5));
  scheduler.drop(1);
  scheduler.drop(99);
  EXPECT_EQ(scheduler.queued_bytes(1), 0u);
  EXPECT_EQ(drain(scheduler), (std::vector<wire::CircuitId>{1, 3}));
  EXPECT_TRUE(scheduler.empty());
}

TEST(WriteScheduler, GrantsForOneCircuitStayOneFrame) {
  WriteScheduler scheduler;
  scheduler.push_signal(wire::encode_frame(1, wire::FrameType::accept, {}));
  for (int i = 0; i < 100'000; ++i) scheduler.push_credit(1, 10);
  scheduler.push_credit(3, 5);
  EXPECT_LT(scheduler.queued_bytes(), 100u);
  EXPECT_EQ(test::type_of(*scheduler.pop()), wire::FrameType::accept);
  EXPECT_EQ(wire::parse_frame(scheduler.pop()->view())->credit, 1'000'000u);
  scheduler.push_credit(1, 7);
  EXPECT_EQ(wire::parse_frame(scheduler.pop()->view())->credit, 5u);
  EXPECT_EQ(wire::parse_frame(scheduler.pop()->view())->credit, 7u);
  EXPECT_TRUE(scheduler.empty());
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();

TEST(WriteScheduler, AnEmptyOneHoldsNoHeapMemory) {
  WriteScheduler scheduler;
  const auto before = __sanitizer_get_current_allocated_bytes();
  for (wire::CircuitId circuit = 1; circuit < 1000; ++circuit)
    scheduler.push(circuit, TrafficClass::bulk, data_message(circuit, 100));
  EXPECT_GT(__sanitizer_get_current_allocated_bytes(), before);
  while (scheduler.pop()) {}
  EXPECT_EQ(__sanitizer_get_current_allocated_bytes(), before);
}
#endif
#endif

TEST(WriteScheduler, SaysWhoseFrameItGaveLast) {
  WriteScheduler scheduler;
  scheduler.push(5, TrafficClass::bulk, data_message(5, 1));
  scheduler.push_signal(wire::encode_credit(5, 1));
  (void)scheduler.pop();
  EXPECT_EQ(scheduler.last_circuit(), 0u);
  (void)scheduler.pop();
  EXPECT_EQ(scheduler.last_circuit(), 5u);
  EXPECT_FALSE(scheduler.pop());
  EXPECT_EQ(scheduler.last_circuit(), 0u);
}

} // namespace
