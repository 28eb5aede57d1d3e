#include "relay_fixture.hpp"

namespace rs::relay::test {
namespace {

struct Enrolment : RelayTest {
  Enrolment() { start(); }

  session::Identity make_token(std::uint32_t uses = 1, const Tenant* tenant = nullptr) {
    auto token = papers->new_keys();
    papers->store
        ->add_token((tenant ? *tenant : acme()).row.id, {.public_key = token.sign.public_key(),
                                                         .label = {},
                                                         .tags = {{"role", "web"}},
                                                         .allow = {},
                                                         .uses_left = uses,
                                                         .expires = kNow + std::chrono::hours(1),
                                                         .ephemeral = false,
                                                         .created_by = "u-1"})
        .value();
    return token;
  }
  sealed::EnrolClaims claims(const session::Identity& token, const std::string& name = "web") const {
    return {token.sign.public_key(),      acme().row.id, fingerprint, name, "linux", "1", Papers::publics(papers->new_keys()),
            to_unix_seconds(clock.wall())};
  }
  Answer enrol(const sealed::EnrolClaims& said, const session::Identity& signer) {
    return send(
        plain("POST", "/v1/enroll", describe::to_json(wire::api::EnrolRequest{sealed::sign_document(said, signer.sign)})));
  }
  Answer enrol(const session::Identity& token, const std::string& name = "web") { return enrol(claims(token, name), token); }
  std::uint32_t uses_left(const session::Identity& token) {
    return papers->store->find_token(token.sign.public_key()).value().token.uses_left;
  }
  std::size_t agents() { return papers->store->list_agents(acme().row.id).value().size(); }
  std::vector<store::AuditRecord> refusals() { return papers->audit(acme().row.id, "agent.enrol-refused"); }
};

TEST_F(Enrolment, MakesAnAgentOfTheTokensTenantAndTags) {
  const auto token = make_token();
  const auto said = claims(token);
  const auto reply = enrol(said, token).as<wire::api::EnrolReply>();
  const auto agent = sealed::verify_agent(reply.certificate, acme().statement, kNow).value();
  EXPECT_EQ(agent.name, "web");
  EXPECT_EQ(agent.tags.at("role"), "web");
  EXPECT_EQ(agent.cnf.noise, said.cnf.noise);
  EXPECT_EQ(papers->store->agent(acme().row.id, agent.sub).value().certificate, reply.certificate);
  const auto records = papers->audit(acme().row.id, "agent.enrol");
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].target, agent.sub.text());
}

TEST_F(Enrolment, TakesATokenAsOftenAsItSays) {
  const auto token = make_token(2);
  EXPECT_EQ(enrol(token, "one").status, 200U);
  EXPECT_EQ(enrol(token, "two").status, 200U);
  EXPECT_EQ(enrol(token, "three").code(), Errc::conflict);
  EXPECT_EQ(agents(), 2U);
  EXPECT_EQ(refusals().size(), 1U);
}

TEST_F(Enrolment, TakesNoExpiredToken) {
  const auto token = make_token();
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(enrol(token).code(), Errc::expired);
  EXPECT_EQ(agents(), 0U);
  EXPECT_EQ(refusals().size(), 1U);
}

TEST_F(Enrolment, TakesNoRevokedToken) {
  const auto token = make_token();
  papers->store->revoke_token(acme().row.id, token.sign.public_key()).value();
  EXPECT_EQ(enrol(token).code(), Errc::sign_in);
  EXPECT_EQ(agents(), 0U);
  EXPECT_EQ(refusals().size(), 1U);
}

TEST_F(Enrolment, DoesNotLoseAUseToATakenNameOrKey) {
  const auto token = make_token(2);
  const auto first = claims(token);
  EXPECT_EQ(enrol(first, token).status, 200U);
  EXPECT_EQ(enrol(token, "web").code(), Errc::conflict);
  auto same_key = first;
  same_key.name = "web2";
  EXPECT_EQ(enrol(same_key, token).code(), Errc::conflict);
  EXPECT_EQ(uses_left(token), 1U);
  EXPECT_EQ(refusals().size(), 2U);
}

TEST_F(Enrolment, SaysTheSameToWhoMissedTheAnswer) {
  const auto token = make_token();
  auto said = claims(token);
  const auto first = enrol(said, token);
  clock.advance(std::chrono::hours(2)); // the token is used up, and expired
  said.iat = to_unix_seconds(clock.wall());
  EXPECT_EQ(enrol(said, token).text, first.text);
  EXPECT_EQ(agents(), 1U);
  EXPECT_EQ(papers->audit(acme().row.id, "agent.enrol").size(), 1U);
  EXPECT_TRUE(refusals().empty());
}

TEST_F(Enrolment, SaysItToNobodyElse) {
  const auto token = make_token();
  const auto said = claims(token);
  EXPECT_EQ(enrol(said, token).status, 200U);
  const auto stranger = make_token();
  auto other_token = said;
  other_token.token = stranger.sign.public_key();
  EXPECT_EQ(enrol(other_token, stranger).code(), Errc::conflict);
  auto other_noise = said;
  other_noise.cnf.noise = papers->new_keys().noise.public_key();
  EXPECT_EQ(enrol(other_noise, token).code(), Errc::conflict);
}

TEST_F(Enrolment, MayTakeANameThatAnotherTenantHas) {
  (void)papers->machine(other(), "web");
  EXPECT_EQ(enrol(make_token()).status, 200U);
}

TEST_F(Enrolment, RefusesWhatATokenDidNotSignForHere) {
  const auto token = make_token();
  const auto foreign = make_token(1, &other());
  const struct {
    const char* what;
    std::function<void(sealed::EnrolClaims&)> change;
    const session::Identity& signer;
    Errc code;
  } cases[] = {
      {"signed by a stranger", [](auto&) {}, foreign, Errc::sign_in},
      {"another tenant's token", [&](auto& c) { c.token = foreign.sign.public_key(); }, foreign, Errc::sign_in},
      {"another relay", [](auto& c) { c.relay = std::string(64, '0'); }, token, Errc::sign_in},
      {"an old one", [](auto& c) { c.iat -= 301; }, token, Errc::clock_skew},
      {"one from the future", [](auto& c) { c.iat += 301; }, token, Errc::clock_skew},
      {"a bad name", [](auto& c) { c.name = "../web"; }, token, Errc::invalid},
      {"a name like an id", [](auto& c) { c.name = "a-" + std::string(20, 'b'); }, token, Errc::invalid},
      {"a long text", [](auto& c) { c.os = std::string(257, 'x'); }, token, Errc::invalid},
  };
  std::size_t refused = 0;
  for (const auto& c : cases) {
    auto said = claims(token);
    c.change(said);
    EXPECT_EQ(enrol(said, c.signer).code(), c.code) << c.what;
    EXPECT_EQ(refusals().size(), ++refused) << c.what;
  }
  EXPECT_EQ(agents(), 0U);
  EXPECT_EQ(uses_left(token), 1U);
  EXPECT_EQ(uses_left(foreign), 1U);
}

TEST_F(Enrolment, OfNoTenantIsRefusedAndRecordedNowhere) {
  const auto token = make_token();
  auto said = claims(token);
  said.org = "o-none";
  EXPECT_EQ(enrol(said, token).code(), Errc::sign_in);
  EXPECT_TRUE(refusals().empty());
}

TEST_F(Enrolment, StrangersCannotFillTheAudit) {
  const auto nobody = papers->new_keys();
  for (int i = 0; i < api::kEnrolmentRefusals + 5; ++i) EXPECT_EQ(enrol(nobody).code(), Errc::sign_in);
  EXPECT_EQ(refusals().size(), std::size_t{api::kEnrolmentRefusals});
  EXPECT_EQ(enrol(make_token()).status, 200U);
}

} // namespace
} // namespace rs::relay::test
