#include "wire/messages.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::wire;

constexpr auto kOpen = R"({"version":1,"org":"org-one","target":"a-abcdefghijklmnopqrst","session":"s-bcdefghijklmnopqrstu",)"
                       R"("call_no":2,"class":"bulk","mode":"xx"})";

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

Result<OpenBody> read_open(std::string_view json) { return describe::from_json<OpenBody>(json, describe::Unknown::ignore); }

TEST(WireMessages, OpenIsReadAndWrittenWithItsFieldClass) {
  const auto body = read_open(kOpen);
  ASSERT_TRUE(body);
  EXPECT_EQ(body->class_, TrafficClass::bulk);
  EXPECT_EQ(body->mode, HandshakeMode::xx);
  EXPECT_EQ(describe::to_json(*body), kOpen);
}

struct Spoilt {
  const char* what;
  const char* by;
  const char* field;
};

TEST(WireMessages, MissingAndMistypedFieldsOfOpenAreNamed) {
  const Spoilt rows[] = {
      {R"("version":1,)", "", "version"},
      {R"("version":1)", R"("version":-1)", "version"},
      {R"("version":1)", R"("version":4294967296)", "version"},
      {R"("org":"org-one",)", "", "org"},
      {R"("org":"org-one")", R"("org":7)", "org"},
      {R"("target":"a-abcdefghijklmnopqrst",)", "", "target"},
      {R"("session":"s-bcdefghijklmnopqrstu",)", "", "session"},
      {R"("session":"s-)", R"("session":"a-)", "session"},
      {R"("session":"s-bcdefghijklmnopqrstu")", R"("session":"")", "session"},
      {R"("call_no":2,)", "", "call_no"},
      {R"("call_no":2)", R"("call_no":"2")", "call_no"},
      {R"("call_no":2)", R"("call_no":2.5)", "call_no"},
      {R"("class":"bulk",)", "", "class"},
      {R"("class":"bulk")", R"("class_":"bulk")", "class"},
      {R"("class":"bulk")", R"("class":"urgent")", "class"},
      {R"(,"mode":"xx")", "", "mode"},
      {R"("mode":"xx")", R"("mode":null)", "mode"},
  };
  for (const auto& row : rows) {
    const auto body = read_open(replaced(kOpen, row.what, row.by));
    ASSERT_FALSE(body) << row.what << " -> " << row.by;
    EXPECT_EQ(body.error().code, Errc::invalid);
    EXPECT_TRUE(body.error().message.starts_with(row.field)) << row.what << " -> " << row.by << ": " << body.error().message;
  }
}

TEST(WireMessages, FieldsOfANewerPeerAreIgnored) {
  EXPECT_TRUE(read_open(replaced(kOpen, R"("mode")", R"("colour":"red","mode")")));
  EXPECT_TRUE(parse_control(R"({"resolve":{"n":1,"target":"web01","hint":[1,2]}})"));
}

TEST(WireMessages, ControlHasExactlyOneMessage) {
  EXPECT_TRUE(parse_control(R"({"goaway":{"code":"shutting-down","retry_after":"1s"}})"));
  for (const char* json : {"{}", R"({"event":{}})", R"({"goaway":null})",
                           R"({"resolve":{"n":1,"target":"x"},"goaway":{"code":"done","retry_after":"1s"}})"}) {
    const auto control = parse_control(json);
    ASSERT_FALSE(control) << json;
    EXPECT_EQ(control.error().code, Errc::invalid);
  }
}

TEST(WireMessages, ATargetThatIsTooLongIsLimit) {
  const auto resolve = [](std::size_t bytes) {
    return parse_control(R"({"resolve":{"n":1,"target":")" + std::string(bytes, 'x') + "\"}}");
  };
  EXPECT_TRUE(resolve(256));
  const auto control = resolve(257);
  ASSERT_FALSE(control);
  EXPECT_EQ(control.error(), fail(Errc::limit, "resolve.target of 257 bytes, at most 256"));
}

TEST(WireMessages, FieldsInsideAControlAreNamedWithTheirPath) {
  const std::pair<const char*, const char*> rows[] = {
      {R"({"hello":{"hello":"x"}})", "hello.certificate"},
      {R"({"challenge":{"nonce":"*","statement":"x"}})", "challenge.nonce"},
      {R"({"resolve":{"target":"x"}})", "resolve.n"},
      {R"({"goaway":{"code":"tired","retry_after":"1s"}})", "goaway.code"},
      {R"({"goaway":{"code":"done","retry_after":"soon"}})", "goaway.retry_after"},
      {R"({"error":{"code":"limit"}})", "error.message"},
      {R"({"resolved":{"n":1,"certificate":"x","online":"yes"}})", "resolved.online"},
  };
  for (const auto& [json, field] : rows) {
    const auto control = parse_control(json);
    ASSERT_FALSE(control) << json;
    EXPECT_TRUE(control.error().message.starts_with(field)) << json << ": " << control.error().message;
  }
}

TEST(WireMessages, WhatIsNoJsonIsInvalid) {
  for (const char* json : {"", "nonsense", "[]", "7",
                           R"({"resolve":{"n":1,"target":"x"}} )"
                           "x",
                           R"({"resolve":{"n":1,"n":2,"target":"x"}})"}) {
    const auto control = parse_control(json);
    ASSERT_FALSE(control) << json;
    EXPECT_EQ(control.error().code, Errc::invalid);
  }
}

// The relay may never speak with the voice of the agent or its user.
TEST(WireMessages, NoWordOfTheRelaysMeansConsentOrPolicy) {
  for (const auto& row : describe::kEnumRows<RelayCode>) {
    const auto code = to_errc(row.value);
    EXPECT_FALSE(rs::name(code).starts_with("consent") || code == Errc::ended_by_customer) << row.name;
  }
  EXPECT_EQ(to_errc(RelayCode::done), Errc::connection_lost);
  EXPECT_EQ(to_errc(RelayCode::agent_offline), Errc::agent_offline);
}

} // namespace
