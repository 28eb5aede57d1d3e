#include "crypto/jws.hpp"

#include "crypto/jwk.hpp"
#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::crypto;

// RFC 8037 A.1, A.2 and A.4.
constexpr std::string_view kRfcJwk =
    R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr std::string_view kRfcInput = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
constexpr std::string_view kRfcSignature =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

const Ed25519Key& key() {
  static const auto key = parse_private_jwk(kRfcJwk).value();
  return key;
}

std::string signed_with_header(std::string_view header, std::string_view payload = "{}") {
  const auto input = base64url(as_bytes(header)) + '.' + base64url(as_bytes(payload));
  return input + '.' + base64url(key().sign(as_bytes(input)));
}

Errc refusal(std::string_view compact) {
  const auto result = jws_verify(compact, "rs-agent", key().public_key());
  return result ? Errc::no_match : result.error().code;
}

TEST(Jws, SignsTheExampleOfRfc8037) {
  EXPECT_EQ(base64url(key().sign(as_bytes(kRfcInput))), kRfcSignature);
  EXPECT_TRUE(ed25519_verify(key().public_key(), as_bytes(kRfcInput), *from_base64url(kRfcSignature)));
}

TEST(Jws, RefusesTheExampleOfRfc8037BecauseItHasNoType) {
  EXPECT_EQ(refusal(std::string(kRfcInput) + "." + std::string(kRfcSignature)), Errc::invalid);
}

TEST(Jws, GivesBackWhatWasSigned) {
  const auto compact = jws_sign("rs-agent", R"({"a":1})", key());
  EXPECT_TRUE(compact.starts_with(base64url(as_bytes(R"({"alg":"EdDSA","typ":"rs-agent"})")) + "."));
  EXPECT_EQ(jws_verify(compact, "rs-agent", key().public_key()).value(), R"({"a":1})");
  EXPECT_EQ(jws_unverified_payload(compact, "rs-agent").value(), R"({"a":1})");
}

TEST(Jws, AcceptsAKeyIdAndTakesNoKeyFromIt) {
  EXPECT_EQ(refusal(signed_with_header(R"({"alg":"EdDSA","typ":"rs-agent","kid":"x"})")), Errc::no_match);
}

struct BadHeader {
  const char* why;
  const char* header;
};

const BadHeader kBadHeaders[] = {
    {"another type", R"({"alg":"EdDSA","typ":"rs-technician"})"},
    {"no type", R"({"alg":"EdDSA"})"},
    {"a type that is no string", R"({"alg":"EdDSA","typ":["rs-agent"]})"},
    {"a type in upper case", R"({"alg":"EdDSA","typ":"RS-AGENT"})"},
    {"no algorithm", R"({"typ":"rs-agent"})"},
    {"algorithm none", R"({"alg":"none","typ":"rs-agent"})"},
    {"algorithm of another family", R"({"alg":"HS256","typ":"rs-agent"})"},
    {"algorithm in other case", R"({"alg":"eddsa","typ":"rs-agent"})"},
    {"an embedded key", R"({"alg":"EdDSA","typ":"rs-agent","jwk":{"kty":"OKP"}})"},
    {"a key's address", R"({"alg":"EdDSA","typ":"rs-agent","jku":"https://x/"})"},
    {"a certificate", R"({"alg":"EdDSA","typ":"rs-agent","x5c":[]})"},
    {"a critical extension", R"({"alg":"EdDSA","typ":"rs-agent","crit":["exp"]})"},
    {"an empty list of critical extensions", R"({"alg":"EdDSA","typ":"rs-agent","crit":[]})"},
    {"an unencoded payload", R"({"alg":"EdDSA","typ":"rs-agent","b64":false})"},
    {"a member twice", R"({"alg":"EdDSA","typ":"rs-agent","typ":"rs-agent"})"},
    {"an array", R"(["EdDSA","rs-agent"])"},
    {"no JSON", "EdDSA"},
    {"nothing", ""},
};

TEST(Jws, RefusesEachBadHeaderThoughTheSignatureIsGood) {
  for (const auto& row : kBadHeaders) {
    EXPECT_EQ(refusal(signed_with_header(row.header)), Errc::invalid) << row.why;
    EXPECT_FALSE(jws_unverified_payload(signed_with_header(row.header), "rs-agent")) << row.why;
  }
}

TEST(Jws, RefusesAnotherKeysSignature) {
  test::SeededRandom random(3);
  const auto other = Ed25519Key::generate(random);
  EXPECT_EQ(refusal(jws_sign("rs-agent", "{}", other)), Errc::forbidden);
}

TEST(Jws, RefusesAChangeOfAnyCharacter) {
  const auto compact = jws_sign("rs-agent", R"({"sub":"a"})", key());
  for (std::size_t i = 0; i < compact.size(); ++i) {
    auto altered = compact;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(refusal(altered), Errc::no_match) << i;
  }
}

TEST(Jws, RefusesTextThatIsNotThreeParts) {
  const auto compact = jws_sign("rs-agent", "{}", key());
  for (const auto& text :
       {std::string(), std::string("."), std::string(".."), compact + ".", compact + ".e30", "." + compact,
        compact.substr(0, compact.rfind('.')), compact + "=", compact + "\n", compact.substr(0, compact.rfind('.') + 1)}) {
    EXPECT_NE(refusal(text), Errc::no_match) << text;
  }
}

TEST(Jws, RefusesTextBeyondItsLimit) {
  const auto compact = jws_sign("rs-agent", std::string(kMaxJws, ' '), key());
  EXPECT_EQ(refusal(compact), Errc::invalid);
}

TEST(Jwk, WritesWhatItReads) {
  const auto text = private_jwk(key());
  EXPECT_EQ(
      text,
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"})");
  EXPECT_EQ(parse_private_jwk(text).value().public_key(), key().public_key());
}

struct BadJwk {
  const char* names;
  const char* text;
};

const BadJwk kBadJwks[] = {
    {"JSON", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"},
    {"kty",
     R"({"kty":"EC","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"})"},
    {"crv",
     R"({"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"})"},
    {"x",
     R"({"kty":"OKP","crv":"Ed25519","x":"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"})"},
    {"d",
     R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2"})"},
    {"d", R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"},
};

TEST(Jwk, RefusalNamesTheMemberAndNeverTheSecret) {
  for (const auto& row : kBadJwks) {
    const auto result = parse_private_jwk(row.text);
    ASSERT_FALSE(result) << row.text;
    EXPECT_EQ(result.error().code, Errc::invalid);
    EXPECT_NE(result.error().message.find(row.names), std::string::npos) << result.error().message;
    EXPECT_EQ(result.error().message.find("nWGx"), std::string::npos) << result.error().message;
  }
}

} // namespace
