#include "sealed/documents.hpp"

#include "describe/node.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::sealed;
using describe::Node;

EnrolToken good_token() {
  EnrolToken token;
  token.url = "https://relay.example.org:8443";
  token.org = "org-1";
  token.tenant = "acme";
  token.org_fingerprint = std::string(64, 'a');
  token.relay_fingerprint = std::string(64, '0');
  token.seed = Bytes(32, 0x5a);
  token.tags = {{"role", "web"}};
  token.allow = {Permission::exec, Permission::files};
  token.uses = 1;
  token.exp = 1'800'000'000;
  return token;
}

Error refusal(const EnrolToken& token) {
  const auto result = parse_enrol_token(format_enrol_token(token));
  return result ? Error{Errc::no_match, ""} : result.error();
}

TEST(EnrolToken, IsReadAsItWasWritten) {
  const auto text = format_enrol_token(good_token());
  EXPECT_TRUE(text.starts_with("rse1."));
  const auto token = parse_enrol_token(text).value();
  EXPECT_EQ(token.url, "https://relay.example.org:8443");
  EXPECT_EQ(token.seed, Bytes(32, 0x5a));
  EXPECT_EQ(token.tags.at("role"), "web");
  EXPECT_EQ(token.allow, good_token().allow);
  EXPECT_EQ(format_enrol_token(token), text);
}

struct BadToken {
  const char* names; // the field
  void (*spoil)(EnrolToken&);
};

const BadToken kBadTokens[] = {
    {"url", [](EnrolToken& t) { t.url = "http://relay.example.org"; }},
    {"url", [](EnrolToken& t) { t.url = "https://"; }},
    {"url", [](EnrolToken& t) { t.url = "https://relay\x1b[2J"; }},
    {"url", [](EnrolToken& t) { t.url = "https://relay/ x"; }},
    {"url", [](EnrolToken& t) { t.url = "https://" + std::string(2048, 'a'); }},
    {"org", [](EnrolToken& t) { t.org.clear(); }},
    {"org", [](EnrolToken& t) { t.org = std::string(65, 'o'); }},
    {"tenant", [](EnrolToken& t) { t.tenant = "../x"; }},
    {"org_fingerprint", [](EnrolToken& t) { t.org_fingerprint.pop_back(); }},
    {"org_fingerprint", [](EnrolToken& t) { t.org_fingerprint[3] = 'A'; }},
    {"relay_fingerprint", [](EnrolToken& t) { t.relay_fingerprint += '0'; }},
    {"relay_fingerprint", [](EnrolToken& t) { t.relay_fingerprint[0] = 'g'; }},
    {"seed", [](EnrolToken& t) { t.seed.pop_back(); }},
    {"seed", [](EnrolToken& t) { t.seed.clear(); }},
    {"uses", [](EnrolToken& t) { t.uses = 0; }},
    {"exp", [](EnrolToken& t) { t.exp = 0; }},
};

TEST(EnrolToken, RefusalNamesTheFieldAndNeverTheSeed) {
  for (const auto& row : kBadTokens) {
    auto token = good_token();
    row.spoil(token);
    const auto error = refusal(token);
    EXPECT_EQ(error.code, Errc::invalid) << row.names;
    EXPECT_NE(error.message.find(std::string(": ") + row.names), std::string::npos) << row.names << " in " << error.message;
    EXPECT_EQ(error.message.find("Wlpa"), std::string::npos) << error.message;
  }
}

std::string token_of(std::string_view json) { return "rse1." + base64url(as_bytes(json)); }

TEST(EnrolToken, RefusesAnExtraAndAMissingField) {
  const auto text = format_enrol_token(good_token());
  auto node = describe::parse_json(to_text(from_base64url(text.substr(5)).value())).value();
  node.set("extra", Node(true));
  EXPECT_NE(parse_enrol_token(token_of(describe::write_json(node))).error().message.find("extra"), std::string::npos);
  EXPECT_NE(parse_enrol_token(token_of("{}")).error().message.find("url"), std::string::npos);
}

TEST(EnrolToken, RefusesWhatIsNoToken) {
  const auto good = format_enrol_token(good_token());
  for (const auto& text :
       {std::string(), std::string("rse1."), good.substr(1), good + "=", good + "\n", good.substr(0, good.size() / 2),
        "RSE1." + good.substr(5), "rse2." + good.substr(5), token_of("[]"), token_of("null"), good + std::string(20'000, 'A')}) {
    const auto result = parse_enrol_token(text);
    ASSERT_FALSE(result) << text.substr(0, 80);
    EXPECT_EQ(result.error().code, Errc::invalid);
    EXPECT_EQ(result.error().message.find("Wlpa"), std::string::npos) << result.error().message;
  }
}

TEST(Documents, AreVerifiedUnderTheirOwnTypeAndKey) {
  std::array<std::uint8_t, 32> seed{1};
  const crypto::Ed25519Key key{crypto::Secret32(seed)};
  const HelloClaims hello{"relay", Bytes(16, 1), std::nullopt, Instance{7, Bytes(16, 2)}, {1}, {"exec"}};
  const auto compact = sign_document(hello, key);
  const auto read = verify_document<HelloClaims>(compact, key.public_key()).value();
  EXPECT_FALSE(read.last);
  EXPECT_EQ(read.next, hello.next);
  EXPECT_EQ(peek_document<HelloClaims>(compact).value().nonce, hello.nonce);
  EXPECT_EQ(verify_document<CallClaims>(compact, key.public_key()).error().code, Errc::invalid);
  EXPECT_EQ(verify_document<HelloClaims>(compact, crypto::PublicKey{1}).error().code, Errc::forbidden);
}

} // namespace
