#include "relay_fixture.hpp"

namespace rs::relay::test {
namespace {

struct LoginTest : RelayTest {
  LoginTest() { start(); }

  Answer login(const session::Identity& keys, const std::string& email = "admin@example.org",
               const std::string& password = std::string(kPassword), const std::optional<std::string>& tenant = "acme") {
    return send(login_request(keys, email, password, tenant));
  }
  Answer renew(const session::Identity& keys, const std::function<void(sealed::RenewClaims&)>& change = [](auto&) {}) {
    const auto nonce = crypto::system_random().array<16>();
    sealed::RenewClaims claims{acme().row.id, admin.id, fingerprint, to_unix_seconds(clock.wall()),
                               Bytes(nonce.begin(), nonce.end())};
    change(claims);
    return send(plain("POST", "/v1/renew", describe::to_json(wire::api::RenewRequest{sealed::sign_document(claims, keys.sign)})));
  }
  std::size_t devices() { return papers->store->list_devices(acme().row.id, admin.id).value().size(); }
  std::size_t audited(const std::string& action) { return papers->audit(acme().row.id, action).size(); }
  // Which is `keys` with the certificate that the relay gave.
  Person signed_in(session::Identity keys, const Answer& answer) {
    keys.certificate = answer.as<wire::api::LoginReply>().certificate;
    return {acme().row.id, admin, std::move(keys)};
  }

  session::Identity keys = papers->new_keys();
};

TEST_F(LoginTest, CertifiesTheDeviceThatSigned) {
  const auto answer = login(keys);
  ASSERT_EQ(answer.status, 200U) << answer.text;
  const auto reply = answer.as<wire::api::LoginReply>();
  const auto claims = sealed::verify_technician(reply.certificate, acme().statement, kNow).value();
  EXPECT_EQ(claims.sub, admin.id);
  EXPECT_EQ(claims.role, Role::admin);
  EXPECT_EQ(claims.cnf.sign, keys.sign.public_key());
  EXPECT_EQ(claims.cnf.noise, keys.noise.public_key());
  EXPECT_EQ(reply.org_statement, acme().row.org_statement);
  EXPECT_EQ(audited("login"), 1U);
}

TEST_F(LoginTest, SaysTheSameWhateverIsWrong) {
  const Answer answers[] = {login(keys, "admin@example.org", "wrong-horse-1"), login(keys, "nobody@example.org"),
                            login(keys, "admin@example.org", std::string(kPassword), "nowhere"),
                            login(keys, "admin@example.org", std::string(kPassword), "other"),
                            login(keys, "admin@example.org", "")};
  for (const auto& answer : answers) {
    EXPECT_EQ(answer.code(), Errc::sign_in);
    EXPECT_EQ(answer.text, answers[0].text);
  }
  EXPECT_EQ(devices(), 0U);
  EXPECT_EQ(audited("login.failed"), 3U); // those that name this tenant
  EXPECT_EQ(audited("login"), 0U);
}

TEST_F(LoginTest, AsksForTheTenantWhereThereAreSeveral) {
  const auto answer = login(keys, "admin@example.org", std::string(kPassword), std::nullopt);
  EXPECT_EQ(answer.code(), Errc::invalid);
  EXPECT_EQ(answer.error().message.find("tenant"), 0U);
}

TEST_F(LoginTest, RegistersAKeyOnce) {
  EXPECT_EQ(login(keys).status, 200U);
  EXPECT_EQ(login(keys, "ADMIN@Example.ORG").status, 200U);
  EXPECT_EQ(devices(), 1U);
  EXPECT_EQ(login(papers->new_keys()).status, 200U);
  EXPECT_EQ(devices(), 2U);
}

TEST_F(LoginTest, RefusesAKeyOfSomebodyElse) {
  const auto ada = papers->person(acme(), "ada", Role::technician);
  EXPECT_EQ(login(ada.keys).code(), Errc::conflict);
  EXPECT_EQ(devices(), 0U);
}

TEST_F(LoginTest, WantsTheCallSignedByTheKeyThatItRegisters) {
  auto request = login_request(keys, "admin@example.org", std::string(kPassword));
  request.headers = login_request(papers->new_keys(), "admin@example.org", std::string(kPassword)).headers;
  EXPECT_EQ(send(request).code(), Errc::sign_in);
  EXPECT_EQ(send(plain("POST", "/v1/login", request.body)).code(), Errc::sign_in);
  EXPECT_EQ(devices(), 0U);
}

TEST_F(LoginTest, CannotBeReplayed) {
  const auto request = login_request(keys, "admin@example.org", std::string(kPassword));
  EXPECT_EQ(send(request).status, 200U);
  EXPECT_EQ(send(request).code(), Errc::sign_in);
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(send(request).code(), Errc::clock_skew);
}

TEST_F(LoginTest, RenewsByTheDeviceKeyAlone) {
  EXPECT_EQ(renew(keys).code(), Errc::sign_in);
  ASSERT_EQ(login(keys).status, 200U);
  clock.advance(std::chrono::hours(20));
  const auto person = signed_in(keys, renew(keys));
  EXPECT_EQ(get(person, "/v1/agents").status, 200U);
}

TEST_F(LoginTest, RefusesARenewalThatIsNotForHere) {
  ASSERT_EQ(login(keys).status, 200U);
  const struct {
    const char* what;
    std::function<void(sealed::RenewClaims&)> change;
    Errc code;
  } cases[] = {
      {"another relay", [](auto& c) { c.relay = std::string(64, '0'); }, Errc::sign_in},
      {"another tenant", [&](auto& c) { c.org = other().row.id; }, Errc::sign_in},
      {"no tenant", [](auto& c) { c.org = "o-none"; }, Errc::sign_in},
      {"another user", [](auto& c) { c.sub = "u-2"; }, Errc::sign_in},
      {"an old one", [](auto& c) { c.iat -= 3600; }, Errc::clock_skew},
      {"no nonce", [](auto& c) { c.nonce.clear(); }, Errc::sign_in},
      {"a nonce", [](auto& c) { c.nonce = Bytes(16, 1); }, Errc::internal}, // good once,
      {"the same nonce", [](auto& c) { c.nonce = Bytes(16, 1); }, Errc::sign_in},
  };
  for (const auto& c : cases) EXPECT_EQ(renew(keys, c.change).code(), c.code) << c.what;
}

TEST_F(LoginTest, ForgetsTheDeviceAtLogout) {
  const auto person = signed_in(keys, login(keys));
  EXPECT_EQ(call(person, "POST", "/v1/logout").status, 200U);
  EXPECT_EQ(devices(), 0U);
  EXPECT_EQ(renew(keys).code(), Errc::sign_in);
  for (const auto* target : {"/v1/org", "/v1/agents", "/v1/status"})
    EXPECT_EQ(get(person, target).code(), Errc::sign_in) << target;
  EXPECT_EQ(call(person, "POST", "/v1/logout").code(), Errc::sign_in);
  EXPECT_EQ(audited("logout"), 1U);
}

TEST_F(LoginTest, KnowsItsDevicesAfterARestart) {
  const auto stays = signed_in(keys, login(keys));
  const auto other_keys = papers->new_keys();
  const auto goes = signed_in(other_keys, login(other_keys));
  EXPECT_EQ(call(goes, "POST", "/v1/logout").status, 200U);
  client.reset();
  app.reset();
  start();
  EXPECT_EQ(get(stays, "/v1/org").status, 200U);
  EXPECT_EQ(get(goes, "/v1/org").code(), Errc::sign_in);
}

TEST_F(LoginTest, StrangersCannotFillTheAudit) {
  for (int i = 0; i < api::kLoginRefusals + 5; ++i) EXPECT_EQ(login(keys, "nobody@example.org").code(), Errc::sign_in);
  EXPECT_EQ(audited("login.failed"), std::size_t{api::kLoginRefusals});
  clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(login(keys, "nobody@example.org").code(), Errc::sign_in);
  EXPECT_EQ(audited("login.failed"), std::size_t{api::kLoginRefusals + 1});
}

TEST_F(LoginTest, AnAddressThatGuessesIsNotHeardForAWhile) {
  for (int i = 0; i < LoginRate::kBurst; ++i) EXPECT_EQ(login(keys, "admin@example.org", "wrong-horse-1").code(), Errc::sign_in);
  EXPECT_EQ(login(keys).code(), Errc::limit); // not even with the right one
  clock.advance(LoginRate::kEach);
  EXPECT_EQ(login(keys).status, 200U);
}

TEST_F(LoginTest, CountsFailuresUntilItIsGood) {
  for (int i = 0; i < 2; ++i) (void)login(keys, "admin@example.org", "wrong-horse-1");
  const auto count = [&] { return papers->store->user(acme().row.id, admin.id).value().failed_count; };
  EXPECT_TRUE(eventually([&] { return count() == 2; }));
  (void)login(keys);
  EXPECT_EQ(count(), 0U);
}

TEST_F(LoginTest, TwentyAtOnceAllGetIn) {
  std::vector<std::unique_ptr<net::Client>> clients;
  std::vector<unsigned> statuses;
  for (int i = 0; i < 20; ++i) clients.push_back(connect());
  for (auto& one : clients) {
    one->request(login_request(papers->new_keys(), "admin@example.org", std::string(kPassword)), [&](auto response) {
      statuses.push_back(response ? response->status : 0);
      woken = true;
    });
  }
  ASSERT_TRUE(wait([&] { return statuses.size() == clients.size(); }));
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 200U), 20);
  EXPECT_EQ(devices(), 20U);
  EXPECT_TRUE(papers->store->verify_audit(acme().row.id, "relayd"));
}

} // namespace
} // namespace rs::relay::test
