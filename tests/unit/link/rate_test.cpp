#include "link/endpoint.hpp"
#include "wire/limits.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::link;

constexpr std::size_t kRate = wire::kInteractiveRate;

BootTime at(int ms) { return BootTime(Millis(ms)); }

TEST(RateMeter, DemotesAboveTheRateWithinOneSecond) {
  for (const auto declared : {TrafficClass::control, TrafficClass::interactive}) {
    RateMeter meter;
    EXPECT_EQ(meter.classify(declared, kRate, at(10'000)), declared);
    EXPECT_EQ(meter.classify(declared, 1, at(10'999)), TrafficClass::bulk);
  }
}

TEST(RateMeter, LeavesMediaAndBulkWhereTheyAre) {
  RateMeter meter;
  EXPECT_EQ(meter.classify(TrafficClass::media, 10 * kRate, at(10'000)), TrafficClass::media);
  EXPECT_EQ(meter.classify(TrafficClass::bulk, 10 * kRate, at(10'000)), TrafficClass::bulk);
}

TEST(RateMeter, TheSameBytesOverManySecondsStayInteractive) {
  RateMeter meter;
  for (int second = 0; second < 20; ++second)
    EXPECT_EQ(meter.classify(TrafficClass::interactive, kRate, at(10'000 + second * 1000)), TrafficClass::interactive) << second;
}

TEST(RateMeter, AFastCircuitStaysBulkIntoTheNextSecond) {
  RateMeter meter;
  (void)meter.classify(TrafficClass::interactive, 2 * kRate, at(10'000));
  EXPECT_EQ(meter.classify(TrafficClass::interactive, 1, at(11'000)), TrafficClass::bulk);
}

TEST(RateMeter, APauseMakesItInteractiveAgain) {
  RateMeter meter;
  (void)meter.classify(TrafficClass::interactive, 2 * kRate, at(10'000));
  EXPECT_EQ(meter.classify(TrafficClass::interactive, 1, at(12'000)), TrafficClass::interactive);
}

TEST(RateMeter, ASlowSecondMakesItInteractiveAgainWithoutAPause) {
  RateMeter meter;
  (void)meter.classify(TrafficClass::interactive, 2 * kRate, at(10'000));
  for (int ms = 11'000; ms < 12'000; ms += 100)
    EXPECT_EQ(meter.classify(TrafficClass::interactive, 10, at(ms)), TrafficClass::bulk);
  for (int ms = 12'000; ms < 15'000; ms += 100)
    EXPECT_EQ(meter.classify(TrafficClass::interactive, 10, at(ms)), TrafficClass::interactive) << ms;
}

TEST(FrameSizer, StartsAt64KiB) { EXPECT_EQ(FrameSizer().frame_bytes(), 64u << 10); }

struct Speed {
  std::size_t bytes_a_ms;
  std::size_t expected; // 5 ms of it, within the bounds
};

class FrameSizerAtSpeed : public testing::TestWithParam<Speed> {};

// A link that always has more to write and takes a fixed number of bytes each millisecond.
TEST_P(FrameSizerAtSpeed, FrameTakesTheLinkForAboutFiveMilliseconds) {
  FrameSizer sizer;
  for (int ms = 0; ms < 1000; ++ms) sizer.wrote(GetParam().bytes_a_ms, true, at(10'000 + ms));
  const auto tolerance = GetParam().expected / 20; // the first write of a sample counts no time
  EXPECT_NEAR(static_cast<double>(sizer.frame_bytes()), static_cast<double>(GetParam().expected), static_cast<double>(tolerance));
}

INSTANTIATE_TEST_SUITE_P(Link, FrameSizerAtSpeed,
                         testing::Values(Speed{10, 16 << 10}, Speed{3'000, 16 << 10}, Speed{10'000, 50'000},
                                         Speed{25'000, 125'000}, Speed{200'000, wire::kMaxData}),
                         [](const auto& row) { return std::to_string(row.param.bytes_a_ms) + "BytesAMillisecond"; });

TEST(FrameSizer, IdleLinkSaysNothingOfItsSpeed) {
  FrameSizer sizer;
  for (int second = 0; second < 30; ++second) sizer.wrote(100, false, at(10'000 + second * 1000));
  EXPECT_EQ(sizer.frame_bytes(), 64u << 10);
}

TEST(FrameSizer, FollowsALinkThatBecomesSlow) {
  FrameSizer sizer;
  for (int ms = 0; ms < 500; ++ms) sizer.wrote(100'000, true, at(10'000 + ms));
  EXPECT_EQ(sizer.frame_bytes(), wire::kMaxData);
  for (int ms = 0; ms < 500; ++ms) sizer.wrote(1'000, true, at(11'000 + ms));
  EXPECT_EQ(sizer.frame_bytes(), 16u << 10);
}

} // namespace
