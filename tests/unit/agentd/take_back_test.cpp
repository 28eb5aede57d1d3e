#include "agentd/take_back.hpp"

#include "support/tenant.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::agent;
using std::chrono::hours;
using test::kNow;

ControlRequest block(std::optional<WallTime> until = {}) { return {.verb = ControlVerb::block, .until = until}; }

TEST(TakeBack, ABlockNeverShortensOneThatStands) {
  session::TakenBack taken;
  ASSERT_TRUE(apply(taken, block(kNow + hours(2)), kNow));
  ASSERT_TRUE(apply(taken, block(kNow + hours(1)), kNow));
  EXPECT_EQ(taken.blocked_until, kNow + hours(2));
  ASSERT_TRUE(apply(taken, block(), kNow));
  ASSERT_TRUE(apply(taken, block(kNow + hours(1)), kNow));
  EXPECT_FALSE(taken.blocked_until);
  EXPECT_TRUE(*taken.blocked);
}

TEST(TakeBack, ABlockThatHasPassedDoesNotCount) {
  session::TakenBack taken;
  ASSERT_TRUE(apply(taken, block(kNow + hours(1)), kNow));
  EXPECT_FALSE(describe_taken_back(taken, kNow + hours(1)).blocked);
  ASSERT_TRUE(apply(taken, block(kNow + hours(3)), kNow + hours(2)));
  EXPECT_EQ(taken.blocked_until, kNow + hours(3));
}

TEST(TakeBack, ATimeThatHasPassedIsInvalid) {
  session::TakenBack taken;
  EXPECT_EQ(apply(taken, block(kNow), kNow).error().code, Errc::invalid);
  EXPECT_FALSE(*taken.blocked);
}

TEST(TakeBack, UnblockLiftsTheBlockAndNoRevocation) {
  session::TakenBack taken;
  ASSERT_TRUE(apply(taken, block(), kNow));
  ASSERT_TRUE(apply(taken, {.verb = ControlVerb::revoke}, kNow));
  ASSERT_TRUE(apply(taken, {.verb = ControlVerb::unblock}, kNow));
  EXPECT_FALSE(*taken.blocked);
  EXPECT_EQ(*taken.revoked, std::vector<std::string>{"*"});
}

TEST(TakeBack, ARevocationIsKeptOnceAndInLowerCase) {
  session::TakenBack taken;
  for (const auto* email : {"Ada@Acme.Example", "ada@acme.example"}) {
    ASSERT_TRUE(apply(taken, {.verb = ControlVerb::revoke, .technician = email}, kNow));
  }
  EXPECT_EQ(*taken.revoked, std::vector<std::string>{"ada@acme.example"});
  EXPECT_EQ(apply(taken, {.verb = ControlVerb::revoke, .technician = "ada"}, kNow).error().code, Errc::invalid);
}

TEST(TakeBack, RevocationsAreBoundedAndAllStillWorks) {
  session::TakenBack taken;
  const auto revoke = [&](int n) {
    return apply(taken, {.verb = ControlVerb::revoke, .technician = std::to_string(n) + "@acme.example"}, kNow);
  };
  for (int n = 0; n < 1024; ++n) ASSERT_TRUE(revoke(n));
  EXPECT_EQ(revoke(1024).error().code, Errc::limit);
  EXPECT_TRUE(revoke(7));
  EXPECT_TRUE(apply(taken, {.verb = ControlVerb::revoke}, kNow));
}

} // namespace
