#include "cli/api.hpp"
#include "cli/commands/audit_walk.hpp"
#include "cli/commands/exec_request.hpp"
#include "crypto/hash.hpp"
#include "support/tenant.hpp"
#include "wire/api.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using test::kNow;
using test::Tenant;

TEST(CliApi, ARequestIsSignedAsItLeaves) {
  Tenant tenant;
  const auto keys = tenant.technician();
  const auto sign = [&] {
    return cli::sign_request({"POST", "/v1/x?a=b", {}, "{}", {}}, keys, "relay-print", kNow, tenant.random);
  };
  const auto request = sign();
  const auto claims =
      sealed::verify_document<sealed::CallClaims>(request.header(wire::api::kCallHeader), keys.sign.public_key()).value();
  EXPECT_EQ(claims.method, "POST");
  EXPECT_EQ(claims.target, "/v1/x?a=b");
  EXPECT_TRUE(std::ranges::equal(claims.body_sha256, crypto::sha256(as_bytes("{}"))));
  EXPECT_EQ(claims.relay, "relay-print");
  EXPECT_EQ(claims.iat, to_unix_seconds(kNow));
  EXPECT_EQ(claims.nonce.size(), 16u);
  EXPECT_EQ(request.header(wire::api::kCertificateHeader), keys.certificate);
  EXPECT_NE(request.header(wire::api::kCallHeader), sign().header(wire::api::kCallHeader));
}

TEST(CliApi, AnErrorOfTheRelayKeepsItsCodeHintAndRequest) {
  describe::ErrorContext about;
  net::HttpResponse response;
  response.status = 404;
  response.body =
      R"({"error":{"code":"not-found","message":"no agent 'x'","retryable":false,"hint":"look","request_id":"r-1","exit_code":6}})";
  const auto answer = cli::read_answer(response, about);
  EXPECT_EQ(answer.error(), fail(Errc::not_found, "no agent 'x'"));
  EXPECT_EQ(about.hint, "look");
  EXPECT_EQ(about.request_id, "r-1");
}

TEST(CliApi, AnErrorWithoutADocumentIsNoSuccess) {
  describe::ErrorContext about;
  for (const auto& [status, code] : {std::pair{502u, Errc::relay_unreachable}, std::pair{418u, Errc::internal}}) {
    net::HttpResponse response;
    response.status = status;
    response.body = "<html>";
    EXPECT_EQ(cli::read_answer(response, about).error().code, code);
  }
}

TEST(CliApi, TargetsAreEscaped) {
  EXPECT_EQ(cli::percent_encoded("a b/../\xff?"), "a%20b%2F..%2F%FF%3F");
  EXPECT_EQ(cli::query({{"a", "1&2"}, {"b", std::nullopt}, {"c", "x"}}), "?a=1%262&c=x");
  EXPECT_EQ(cli::query({{"a", std::nullopt}}), "");
}

std::vector<session::AuditRecord> chain(std::size_t length) {
  std::vector<session::AuditRecord> records(length);
  session::AuditHead head;
  for (auto& record : records) {
    record.time = kNow;
    record.writer = "relayd";
    record.tenant = "o";
    record.action = "login";
    EXPECT_TRUE(session::seal_next(record, head));
  }
  return records;
}

session::AuditHead head_of(const std::vector<session::AuditRecord>& records) { return {records.back().seq, records.back().hash}; }

TEST(AuditWalk, TakesAWholeChainInPages) {
  const auto records = chain(5);
  cli::AuditWalk walk(head_of(records), {3, records[2].hash}, "o", "relayd");
  EXPECT_TRUE(walk.take(std::span(records).first(2)));
  EXPECT_TRUE(walk.take(std::span(records).subspan(2)));
  EXPECT_TRUE(walk.finish());
  EXPECT_EQ(walk.head(), head_of(records));
}

TEST(AuditWalk, FindsACutTail) {
  const auto records = chain(5);
  cli::AuditWalk by_relay(head_of(records), {}, "o", "relayd");
  ASSERT_TRUE(by_relay.take(std::span(records).first(4)));
  EXPECT_EQ(by_relay.finish().error().code, Errc::integrity);
  cli::AuditWalk by_memory({4, records[3].hash}, head_of(records), "o", "relayd");
  ASSERT_TRUE(by_memory.take(std::span(records).first(4)));
  EXPECT_EQ(by_memory.finish().error().code, Errc::integrity);
}

TEST(AuditWalk, FindsAHistoryThatWasWrittenAnew) {
  const auto records = chain(5);
  cli::AuditWalk walk(head_of(records), {3, std::string(64, 'b')}, "o", "relayd");
  EXPECT_EQ(walk.take(records).error().code, Errc::integrity);
}

TEST(AuditWalk, FindsAnAlteredRecordAndAnotherTenants) {
  auto records = chain(3);
  EXPECT_EQ(cli::AuditWalk(head_of(records), {}, "other", "relayd").take(records).error().code, Errc::integrity);
  records[1].actor = "somebody";
  EXPECT_EQ(cli::AuditWalk(head_of(records), {}, "o", "relayd").take(records).error().code, Errc::integrity);
}

TEST(ExecExit, IsTheRemoteProgramsOwn) {
  EXPECT_EQ(cli::exit_code_of({.exit_code = 7, .signal = {}}), 7);
  EXPECT_EQ(cli::exit_code_of({.exit_code = {}, .signal = 9}), 137);
  EXPECT_EQ(cli::exit_code_of({.exit_code = {}, .signal = 9, .limit_hit = true}), 124);
  EXPECT_EQ(cli::exit_code_of({}), 125);
}

} // namespace
