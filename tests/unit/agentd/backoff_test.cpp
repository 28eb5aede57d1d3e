#include "agentd/backoff.hpp"

#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using agent::Backoff;

// Always the greatest number that a range allows, or always the least.
struct FixedRandom final : crypto::Random {
  explicit FixedRandom(std::uint64_t number) : value(number) {}
  void fill(MutableBytes out) override { store_be<std::uint64_t>(out.data(), value); }
  std::uint64_t value;
};

TEST(Backoff, StaysWithinAWindowThatDoublesUpToTheLongest) {
  test::SeededRandom random(7);
  Backoff backoff(random, {});
  for (const int seconds : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    const auto delay = backoff.next();
    EXPECT_GE(delay, Millis(0));
    EXPECT_LE(delay, std::chrono::seconds(seconds));
  }
}

TEST(Backoff, UsesItsWholeWindow) {
  FixedRandom random(60'000);
  Backoff backoff(random, {Millis(60'000), Millis(60'000)});
  EXPECT_EQ(backoff.next(), Millis(60'000));
  random.value = 0;
  EXPECT_EQ(backoff.next(), Millis(0));
}

TEST(Backoff, BeginsAgainAfterASuccess) {
  FixedRandom random(1'000);
  Backoff backoff(random, {});
  for (int i = 0; i < 5; ++i) backoff.next();
  backoff.reset();
  random.value = 1'001; // one above the first window: wraps to its beginning
  EXPECT_EQ(backoff.next(), Millis(0));
}

TEST(Backoff, IsNeverBackBeforeTheRelayWantsIt) {
  FixedRandom random(500);
  Backoff backoff(random, {});
  EXPECT_EQ(backoff.after(Millis(30'000)), Millis(30'500));
}

TEST(Backoff, IsBackAfterFiveMinutesWhateverTheRelayWants) {
  FixedRandom random(0);
  Backoff backoff(random, {});
  EXPECT_EQ(backoff.after(Millis(300'001)), Millis(300'000));
  EXPECT_EQ(backoff.after(Millis::max()), Millis(300'000));
}

} // namespace
