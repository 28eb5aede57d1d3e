#include "fake_relay.hpp"

namespace {

using namespace rs;
using namespace rs::agent;
using test::kNow;

struct EnrolmentOfAgent : testing::Test {
  EnrolOptions options(const std::string& token, const std::string& name = "box") {
    return {.token = sealed::parse_enrol_token(token).value(), .name = name, .environment = [](std::string_view) {
      return std::optional<std::string>();
    }, .build_time = {}};
  }
  Result<EnrolReport> enrol(const EnrolOptions& with) { return enroll(reactor, clock, relay.tenant.random, dir, config, with); }
  Error refused(const EnrolOptions& with) {
    const auto report = enrol(with);
    EXPECT_FALSE(report);
    EXPECT_FALSE(dir.load_state().value()) << "nothing may stay";
    return report ? Error{} : report.error();
  }

  daemon::Reactor reactor;
  test::FixedClock clock;
  test::FakeRelay relay{reactor, clock};
  test::TempDir temp;
  StateDir dir = StateDir::open(temp / "state").value();
  std::string config = temp / "etc/agentd.yaml";
};

TEST_F(EnrolmentOfAgent, LeavesAnIdentityAndWhatTheTokenAllows) {
  const auto report = enrol(options(relay.token())).value();
  EXPECT_EQ(report.name, "box");
  EXPECT_TRUE(report.config_written);
  const auto state = dir.load_state().value().value();
  EXPECT_EQ(state.agent, report.agent);
  EXPECT_EQ(state.url, relay.url());
  ASSERT_EQ(relay.enrolled.size(), 1u);
  EXPECT_EQ(relay.enrolled[0].cnf.sign, identity_of(state).sign.public_key());
  const auto policy = load_policy(config).value().value();
  EXPECT_EQ(*policy.allow, std::vector<Permission>{Permission::exec});
}

TEST_F(EnrolmentOfAgent, ATokenWithoutAllowConsentsToAllButCamera) {
  enrol(options(relay.token({{"role", "web"}}, {}))).value();
  EXPECT_EQ(*load_policy(config).value().value().allow, session::default_allow());
}

TEST_F(EnrolmentOfAgent, KeepsAPolicyThatIsThere) {
  std::filesystem::create_directories(temp / "etc");
  std::ofstream(config) << "deny: [exec]\n";
  EXPECT_FALSE(enrol(options(relay.token()))->config_written);
  EXPECT_EQ(test::read_all(config), "deny: [exec]\n");
}

TEST_F(EnrolmentOfAgent, DoesNotUseUpATokenWhereThePolicyCannotBeWritten) {
  std::ofstream(temp / "etc") << "a file, no directory";
  EXPECT_EQ(refused(options(relay.token())).code, Errc::io);
  EXPECT_TRUE(relay.targets.empty());
}

TEST_F(EnrolmentOfAgent, ASecondTimeIsAConflictAndAsksNobody) {
  enrol(options(relay.token())).value();
  const auto asked = relay.targets.size();
  EXPECT_EQ(enrol(options(relay.token())).error().code, Errc::conflict);
  EXPECT_EQ(relay.targets.size(), asked);
}

TEST_F(EnrolmentOfAgent, GetsTheSameAgentAgainWhenTheAnswerWasLost) {
  const auto token = relay.token();
  relay.lose_enrol_answer = true;
  refused(options(token));
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(dir.path() + "/enrolment.json").permissions(), perms::owner_read | perms::owner_write);
  EXPECT_EQ(enrol(options(token, "another"))->name, "box") << "the name of the request that got through";
  ASSERT_EQ(relay.enrolled.size(), 2u);
  EXPECT_EQ(relay.enrolled[0].cnf.sign, relay.enrolled[1].cnf.sign);
  EXPECT_EQ(relay.enrolled[0].cnf.noise, relay.enrolled[1].cnf.noise);
  EXPECT_FALSE(dir.load_pending_enrolment().value()) << "its keys stand in the state now";
}

TEST_F(EnrolmentOfAgent, AnotherTokenGetsOtherKeys) {
  relay.lose_enrol_answer = true;
  refused(options(relay.token()));
  relay.token_key = crypto::Ed25519Key::generate(relay.tenant.random);
  enrol(options(relay.token())).value();
  EXPECT_NE(relay.enrolled[0].cnf.sign, relay.enrolled[1].cnf.sign);
}

TEST_F(EnrolmentOfAgent, TellsAnotherRelayNothing) {
  auto with = options(relay.token());
  with.token.relay_fingerprint = std::string(64, '0');
  EXPECT_EQ(refused(with).code, Errc::server_identity);
  EXPECT_EQ(relay.targets, std::vector<std::string>{"/v1/relay"});
}

TEST_F(EnrolmentOfAgent, TellsARelayBehindAForeignTlsKeyNothing) {
  relay.tenant.tls_spki.assign(32, 9); // a statement that was copied from the real relay
  relay.tenant.relay_statement = relay.tenant.sign_relay_statement(relay.tenant.relay, 2);
  EXPECT_EQ(refused(options(relay.token())).code, Errc::server_identity);
  EXPECT_EQ(relay.targets, std::vector<std::string>{"/v1/relay"});
}

TEST_F(EnrolmentOfAgent, RefusesAnotherTenantsRoot) {
  auto with = options(relay.token());
  with.token.org_fingerprint = std::string(64, '0');
  EXPECT_EQ(refused(with).code, Errc::server_identity);
  EXPECT_EQ(relay.enrolled.size(), 1u);
}

TEST_F(EnrolmentOfAgent, RefusesACertificateThatIsNotWhatWasAskedFor) {
  struct Case {
    std::function<void(sealed::AgentClaims&)> bend;
    Errc code;
  };
  const Case cases[] = {{[](auto& c) { c.name = "other"; }, Errc::integrity},
                        {[](auto& c) { c.tags["role"] = "db"; }, Errc::integrity},
                        {[](auto& c) { c.cnf.noise = {}; }, Errc::forbidden},
                        {[](auto& c) { c.org = "org-two"; }, Errc::forbidden},
                        {[](auto& c) { c.exp = c.iat + 1; }, Errc::expired}};
  clock.wall_now = kNow + std::chrono::minutes(10);
  for (const auto& [bend, code] : cases) {
    relay.bend_certificate = bend;
    EXPECT_EQ(refused(options(relay.token())).code, code);
  }
}

TEST_F(EnrolmentOfAgent, PassesOnWhatTheRelaySays) {
  const auto report = describe::make_report(fail(Errc::expired, "the token was used up"));
  relay.enrol_answer = net::HttpResponse{.status = 403, .body = describe::write_json(describe::error_document(report))};
  const auto error = refused(options(relay.token()));
  EXPECT_EQ(error.code, Errc::expired);
  EXPECT_EQ(error.message, "relay: the token was used up");
  relay.enrol_answer = net::HttpResponse{.status = 500, .body = "oops"};
  EXPECT_EQ(refused(options(relay.token())).code, Errc::invalid);
}

TEST_F(EnrolmentOfAgent, AClockOf1970CountsFromTheBuild) {
  clock.wall_now = {};
  EXPECT_EQ(refused(options(relay.token())).code, Errc::clock_skew);
  auto with = options(relay.token());
  with.build_time = kNow;
  EXPECT_TRUE(enrol(with));
}

TEST_F(EnrolmentOfAgent, AnUnreachableRelayIsSaidSo) {
  const auto token = relay.token();
  relay.stop();
  EXPECT_EQ(refused(options(token)).code, Errc::relay_unreachable);
}

} // namespace
