#include "relayd/hub/link_auth.hpp"

#include "papers.hpp"
#include "wire/limits.hpp"

namespace rs::relay::test {
namespace {

struct LinkAuth : PaperTest {
  sealed::HelloClaims claims(bool agent) const {
    sealed::HelloClaims out{"relay-fp", nonce, {}, {}, {wire::kVersion}, {}};
    if (agent) out.next = sealed::Instance{1, Bytes(16, 1)};
    return out;
  }
  static wire::Hello hello(const sealed::HelloClaims& said, const crypto::Ed25519Key& signer, const std::string& certificate) {
    return {sealed::sign_document(said, signer), certificate};
  }
  Result<HelloCheck> check(const wire::Hello& said, WallTime now = kNow) {
    return check_hello(said, nonce, "relay-fp", *papers.tenants, *devices, now);
  }

  Bytes nonce = Bytes(32, 9);
  Person ada = papers.person(acme, "ada", Role::technician);
  Machine web = papers.machine(acme, "web");
  std::unique_ptr<Devices> devices = Devices::load(*papers.store, *papers.tenants).value();
};

TEST_F(LinkAuth, KnowsATechnician) {
  const auto good = check(hello(claims(false), ada.keys.sign, ada.keys.certificate)).value();
  EXPECT_FALSE(good.peer.is_agent);
  EXPECT_EQ(good.peer.org, acme.row.id);
  EXPECT_EQ(good.peer.subject, "u-ada");
  EXPECT_EQ(good.peer.role, Role::technician);
}

TEST_F(LinkAuth, KnowsAnAgentAndItsInstance) {
  const auto good = check(hello(claims(true), web.keys.sign, web.keys.certificate)).value();
  EXPECT_TRUE(good.peer.is_agent);
  EXPECT_EQ(good.peer.subject, web.row.id.text());
  EXPECT_EQ(good.instance->next.counter, 1U);
}

TEST_F(LinkAuth, RefusesEveryHelloThatIsNotForThisChallenge) {
  const struct {
    const char* what;
    std::function<void(sealed::HelloClaims&)> change;
    Errc code;
  } cases[] = {
      {"another nonce", [](auto& c) { c.nonce[0] ^= 1; }, Errc::sign_in},
      {"a cut nonce", [](auto& c) { c.nonce.resize(31); }, Errc::sign_in},
      {"another relay", [](auto& c) { c.relay = "relay-fq"; }, Errc::sign_in},
      {"no common version", [](auto& c) { c.versions = {wire::kVersion + 1}; }, Errc::unsupported},
      {"an agent without an instance", [](auto& c) { c.next.reset(); }, Errc::sign_in},
  };
  for (const auto& c : cases) {
    auto said = claims(true);
    c.change(said);
    EXPECT_EQ(code_of(check(hello(said, web.keys.sign, web.keys.certificate))), c.code) << c.what;
  }
}

TEST_F(LinkAuth, RefusesACertificateOfSomebodyElse) {
  EXPECT_FALSE(check(hello(claims(true), ada.keys.sign, web.keys.certificate)));  // an agent's, with a technician's key
  EXPECT_FALSE(check(hello(claims(false), web.keys.sign, ada.keys.certificate))); // the other way round
  EXPECT_FALSE(check(hello(claims(false), ada.keys.sign, "")));
  EXPECT_FALSE(check(hello(claims(false), ada.keys.sign, "a.b.c")));
}

TEST_F(LinkAuth, RefusesACertificateOfAnotherTenantsIssuer) {
  auto said = sealed::peek_document<sealed::TechnicianClaims>(ada.keys.certificate).value();
  said.org = other.row.id; // claims to be there, signed here
  EXPECT_FALSE(check(hello(claims(false), ada.keys.sign, sealed::sign_document(said, acme.issuer))));
  said.org = "o-nowhere";
  EXPECT_FALSE(check(hello(claims(false), ada.keys.sign, sealed::sign_document(said, acme.issuer))));
}

TEST_F(LinkAuth, RefusesADeviceThatIsSignedOut) {
  const auto good = hello(claims(false), ada.keys.sign, ada.keys.certificate);
  EXPECT_EQ(check(good).value().sign_key, ada.keys.sign.public_key());
  devices->remove(acme.row.id, ada.keys.sign.public_key());
  EXPECT_EQ(code_of(check(good)), Errc::sign_in);
}

TEST_F(LinkAuth, RefusesADateOutsideTheCertificates) {
  const auto good = hello(claims(false), ada.keys.sign, ada.keys.certificate);
  EXPECT_EQ(code_of(check(good, kNow + std::chrono::hours(13))), Errc::expired);
  EXPECT_EQ(code_of(check(good, kNow - std::chrono::hours(1))), Errc::clock_skew);
  EXPECT_TRUE(check(good, kNow + std::chrono::hours(11)));
}

} // namespace
} // namespace rs::relay::test
