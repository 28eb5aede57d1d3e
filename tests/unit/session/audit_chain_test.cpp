#include "session/audit_chain.hpp"

#include "describe/codec.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace {

using namespace rs;
using session::AuditHead;
using session::AuditRecord;

AuditRecord record(std::string action) {
  AuditRecord out;
  out.time = from_unix_seconds(1'790'000'000);
  out.writer = "relayd";
  out.tenant = "t-1";
  out.actor = "u-1";
  out.action = std::move(action);
  out.target = "web1";
  out.detail.set("argv", "uptime");
  return out;
}

std::vector<AuditRecord> chain(std::size_t length) {
  std::vector<AuditRecord> out;
  AuditHead head;
  for (std::size_t i = 0; i < length; ++i) {
    out.push_back(record("exec.run"));
    EXPECT_TRUE(session::seal_next(out.back(), head));
  }
  return out;
}

TEST(AuditChain, SealedRecordsVerifyAndGiveTheHead) {
  const auto records = chain(3);
  const auto head = session::verify_chain(records);
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(*head, (AuditHead{3, records[2].hash}));
}

TEST(AuditChain, IsVerifiedInPieces) {
  const auto records = chain(4);
  const auto half = session::verify_chain(std::span(records).first(2));
  ASSERT_TRUE(half);
  EXPECT_TRUE(session::verify_chain(std::span(records).subspan(2), *half));
  EXPECT_FALSE(session::verify_chain(std::span(records).subspan(2)));
}

// The expected value was computed outside this project's code, from the bytes that the header states.
TEST(AuditChain, HashIsThatOfTheStatedBytes) {
  AuditRecord one = record("login");
  AuditHead head;
  ASSERT_TRUE(session::seal_next(one, head));
  EXPECT_EQ(one.hash, "81e5630fc553543eb97f77eafb74e774fb16cc10bdc003c2e52a99aebc3bac75");
}

TEST(AuditChain, ASealedRecordSurvivesJson) {
  const auto records = chain(1);
  const auto back = describe::from_json<AuditRecord>(describe::to_json(records[0]), describe::Unknown::refuse);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, records[0]);
  EXPECT_TRUE(session::verify_chain({&*back, 1}));
}

struct Damage {
  const char* name;
  std::function<void(std::vector<AuditRecord>&)> apply;
  const char* message;
};

TEST(AuditChain, DamageIsNamedByItsSeq) {
  const std::vector<Damage> cases = {
      {"time", [](auto& r) { r[1].time += Millis(1); }, "record 2 is altered"},
      {"actor", [](auto& r) { r[1].actor = "u-2"; }, "record 2 is altered"},
      {"action", [](auto& r) { r[1].action = "login"; }, "record 2 is altered"},
      {"target", [](auto& r) { r[1].target = "web2"; }, "record 2 is altered"},
      {"session", [](auto& r) { r[1].session = SessionId::from_random(Bytes(kIdRandomBytes)); }, "record 2 is altered"},
      {"detail", [](auto& r) { r[1].detail.set("argv", "reboot"); }, "record 2 is altered"},
      {"tenant of one", [](auto& r) { r[1].tenant = "t-2"; }, "record 2 belongs to another chain"},
      {"tenant of the first", [](auto& r) { r[0].tenant = "t-2"; }, "record 1 is altered"},
      {"text moved to the next field", [](auto& r) { r[0].actor = "u-1e", r[0].action = "xec.run"; }, "record 1 is altered"},
      {"hash", [](auto& r) { r[1].hash = r[0].hash; }, "record 2 is altered"},
      {"prev", [](auto& r) { r[1].prev = r[1].hash; }, "record 2 does not follow"},
      {"middle removed", [](auto& r) { r.erase(r.begin() + 1); }, "record 2 is missing"},
      {"first removed", [](auto& r) { r.erase(r.begin()); }, "record 1 is missing"},
      {"swapped", [](auto& r) { std::swap(r[1], r[2]); }, "record 2 is missing"},
      {"repeated", [](auto& r) { r.insert(r.begin() + 1, r[0]); }, "record 1 is out of order"},
  };
  for (const auto& damage : cases) {
    auto records = chain(4);
    damage.apply(records);
    const auto head = session::verify_chain(records);
    ASSERT_FALSE(head) << damage.name;
    EXPECT_EQ(head.error().code, Errc::integrity) << damage.name;
    EXPECT_NE(head.error().message.find(damage.message), std::string::npos) << damage.name << ": " << head.error().message;
  }
}

TEST(AuditChain, AFieldThatIsTooLongIsRefusedByName) {
  AuditHead head;
  auto long_target = record("login");
  long_target.target = std::string(session::kMaxAuditText + 1, 'x');
  auto long_detail = record("login");
  long_detail.detail.set("argv", std::string(session::kMaxAuditDetail, 'x'));
  for (auto* bad : {&long_target, &long_detail}) {
    const auto sealed = session::seal_next(*bad, head);
    ASSERT_FALSE(sealed);
    EXPECT_EQ(sealed.error().code, Errc::limit);
    EXPECT_NE(sealed.error().message.find(bad == &long_target ? "target" : "detail"), std::string::npos);
  }
  EXPECT_EQ(head, AuditHead{});
}

} // namespace
