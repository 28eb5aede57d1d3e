#include "relayd/api/login_rate.hpp"

#include "papers.hpp"
#include "relayd/api/password_worker.hpp"
#include "relayd/api/refusal_budget.hpp"

#include <future>

namespace rs::relay::test {
namespace {

TEST(AddressGroup, IsTheAddressOrItsPrefix) {
  const struct {
    const char* address;
    const char* group;
  } cases[] = {
      {"127.0.0.1", "127.0.0.1"},
      {"::ffff:192.0.2.7", "192.0.2.7"},
      {"::1", "0:0:0:0:"},
      {"2001:db8::1", "2001:db8:0:0:"},
      {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2:"},
      {"2001:db8:1:2::", "2001:db8:1:2:"},
      {"2001:db8:1:2::9", "2001:db8:1:2:"},
      {"", "0:0:0:0:"},
  };
  for (const auto& c : cases) EXPECT_EQ(address_group(c.address), c.group) << c.address;
}

void fail_often(LoginRate& rate, const std::string& group, int times) {
  for (int i = 0; i < times; ++i) rate.failed(group, kNow);
}

TEST(LoginRateTest, HearsAnAddressUntilItsBurstIsOver) {
  LoginRate rate;
  fail_often(rate, "a", LoginRate::kBurst - 1);
  EXPECT_TRUE(rate.may_try("a", kNow));
  fail_often(rate, "a", 1);
  EXPECT_FALSE(rate.may_try("a", kNow));
  EXPECT_TRUE(rate.may_try("b", kNow));
}

TEST(LoginRateTest, GivesOneBackAtATime) {
  LoginRate rate;
  fail_often(rate, "a", 5 * LoginRate::kBurst); // asked at once: no deeper than empty
  EXPECT_FALSE(rate.may_try("a", kNow + LoginRate::kEach - Millis(1)));
  EXPECT_TRUE(rate.may_try("a", kNow + LoginRate::kEach));
  rate.failed("a", kNow + LoginRate::kEach);
  EXPECT_FALSE(rate.may_try("a", kNow + LoginRate::kEach));
  EXPECT_FALSE(rate.may_try("a", kNow - std::chrono::hours(1))); // a clock that was set back gives nothing
}

TEST(LoginRateTest, RemembersABoundedNumber) {
  LoginRate rate;
  for (std::size_t i = 0; i < LoginRate::kMaxGroups; ++i) rate.failed("x" + std::to_string(i), kNow);
  fail_often(rate, "late", LoginRate::kBurst);
  EXPECT_FALSE(rate.may_try("later still", kNow)); // they share one count
  EXPECT_TRUE(rate.may_try("x7", kNow));
  rate.failed("fresh", kNow + LoginRate::kEach); // the old ones have paid
  EXPECT_TRUE(rate.may_try("fresh", kNow + LoginRate::kEach));
}

TEST(RefusalBudgetTest, BeginsAgainAfterAMinute) {
  RefusalBudget budget(2);
  EXPECT_TRUE(budget.take(kNow) && budget.take(kNow));
  EXPECT_FALSE(budget.take(kNow + Millis(59'999)));
  EXPECT_TRUE(budget.take(kNow + Millis(60'000)));
}

// A worker that is held at its first password, so that what comes after it waits.
struct HeldPasswords : testing::Test {
  HeldPasswords() {
    worker.verify("first", "x", {}, [this](bool) { begun.set_value(), go.get_future().wait(); }).value();
    begun.get_future().wait();
  }
  Result<void> ask(const std::string& from) {
    return worker.verify(from, "x", {}, [this, from](bool) {
      order += from;
      if (order.size() == expected) done.set_value();
    });
  }

  std::promise<void> begun, go, done;
  std::string order; // by the worker's thread
  std::size_t expected = 0;
  PasswordWorker worker;
};

TEST_F(HeldPasswords, OneAddressTakesItsShareOnly) {
  for (std::size_t i = 0; i < kMaxWaitingOfOne; ++i) EXPECT_TRUE(ask("a"));
  EXPECT_EQ(code_of(ask("a")), Errc::limit);
  EXPECT_TRUE(ask("b"));
  go.set_value();
}

TEST_F(HeldPasswords, AddressesTakeTurns) {
  expected = 5;
  for (const auto* from : {"a", "a", "a", "b", "c"}) EXPECT_TRUE(ask(from));
  go.set_value();
  done.get_future().wait();
  EXPECT_EQ(order, "abcaa");
}

TEST_F(HeldPasswords, RefuseOnceStopped) {
  EXPECT_TRUE(ask("a"));
  go.set_value();
  worker.stop();
  EXPECT_EQ(code_of(ask("a")), Errc::limit);
  worker.stop(); // again: nothing
}

} // namespace
} // namespace rs::relay::test
