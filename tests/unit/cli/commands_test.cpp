#include "fake_relay.hpp"

#include "cli/profile.hpp"
#include "session/audit_chain.hpp"

namespace {

using namespace rs;

struct CliCommands : test::CliFixture {
  static std::string agents_with(const std::vector<wire::api::AgentEntry>& entries) {
    return describe::to_json(wire::api::AgentList{entries});
  }
  wire::api::AgentEntry agent(const std::string& name, const std::string& certified_name) {
    const auto id = tenant.new_agent_id();
    const auto claims = tenant.agent_claims(tenant.new_keys(), id, certified_name);
    return {{id, name, claims.tags, true, "Debian", "1", {}, {}}, sealed::sign_document(claims, tenant.issuer)};
  }
  void answer(const std::string& line, std::string body) { relay.answers[line].body = std::move(body); }
};

TEST_F(CliCommands, LoginPinsVerifiesAndShowsIt) {
  ASSERT_EQ(login({"--fingerprint", relay_print(), "--org-fingerprint", org_print()}), 0) << terminal.err;
  ASSERT_EQ(rsctl({"auth", "status", "--json"}), 0);
  EXPECT_NE(terminal.out.find("\"org_pinned\": \"verified\""), std::string::npos);
  EXPECT_NE(terminal.out.find("\"relay_pinned\": \"verified\""), std::string::npos);
  EXPECT_EQ(rsctl({"whoami", "-o", "name"}), 0);
  EXPECT_EQ(terminal.out, "Ada\n");
}

TEST_F(CliCommands, ThePasswordNeverLeavesForAnotherRelay) {
  EXPECT_EQ(login({"--fingerprint", std::string(64, 'a')}), 31);
  EXPECT_EQ(count("POST /v1/login"), 0u);
}

TEST_F(CliCommands, ThePasswordNeverLeavesWithoutAnyTrust) {
  EXPECT_EQ(login(), 31);
  EXPECT_NE(terminal.err.find("--fingerprint"), std::string::npos);
  EXPECT_NE(terminal.err.find(relay_print()), std::string::npos);
  EXPECT_EQ(count("POST /v1/login"), 0u);
}

TEST_F(CliCommands, ThePasswordNeverLeavesWhereTheStatementNamesAnotherTlsKey) {
  tenant.tls_spki.assign(32, 9);
  relay.statement = tenant.sign_relay_statement(tenant.relay, 1);
  EXPECT_EQ(login({"--fingerprint", relay_print()}), 31);
  EXPECT_EQ(count("POST /v1/login"), 0u);
}

TEST_F(CliCommands, APersonAtATerminalMayTrustOnce) {
  terminal.is_terminal = true;
  terminal.answers = {"no"};
  EXPECT_EQ(login(), 31);
  terminal.answers = {"yes"};
  ASSERT_EQ(login(), 0) << terminal.err;
  EXPECT_NE(terminal.questions.back().find(relay_print()), std::string::npos);
  terminal.is_terminal = false;
  EXPECT_EQ(login(), 0) << terminal.err;
}

TEST_F(CliCommands, NothingIsAskedWithoutATerminalOrWithNoInput) {
  EXPECT_EQ(rsctl({"login", "-s", relay.url()}), 2);
  EXPECT_NE(terminal.err.find("--email"), std::string::npos);
  terminal.is_terminal = true;
  EXPECT_EQ(rsctl({"login", "-s", relay.url(), "--email", "a@b", "--no-input"}), 2);
  EXPECT_NE(terminal.err.find("--password-stdin"), std::string::npos);
  EXPECT_TRUE(terminal.questions.empty());
}

TEST_F(CliCommands, AWrongPasswordIsSignIn) {
  terminal.input = "wrong";
  EXPECT_EQ(rsctl({"login", "-s", relay.url(), "--email", "a@b", "--password-stdin", "--fingerprint", relay_print()}), 4);
  EXPECT_EQ(rsctl({"whoami"}), 4);
}

TEST_F(CliCommands, ASecondLoginKeepsTheKeys) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  const cli::Profile profile(scratch.path("profiles/default"), "default");
  const auto before = profile.load_identity("")->sign.public_key();
  ASSERT_EQ(login(), 0);
  EXPECT_EQ(profile.load_identity("")->sign.public_key(), before);
}

TEST_F(CliCommands, ASignedInCommandIsOneRequest) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  answer("GET /v1/agents", agents_with({agent("web1", "web1")}));
  const auto before = relay.seen().size();
  ASSERT_EQ(rsctl({"agents", "list", "-o", "name"}), 0) << terminal.err;
  EXPECT_EQ(terminal.out, "web1\n");
  EXPECT_EQ(relay.seen().size(), before + 1);
}

TEST_F(CliCommands, AnAgentThatIsNotCertifiedIsLeftOutAndSaid) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  answer("GET /v1/agents", agents_with({agent("web1", "web1"), agent("web2", "db1")}));
  EXPECT_EQ(rsctl({"agents", "list", "-o", "name"}), 32);
  EXPECT_EQ(terminal.out, "web1\n");
}

TEST_F(CliCommands, AnotherAgentThanTheOneAskedForIsWrongTarget) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  answer("GET /v1/agents/web1", describe::to_json(agent("db1", "db1")));
  EXPECT_EQ(rsctl({"agents", "show", "web1"}), 9);
  EXPECT_EQ(rsctl({"wait", "web1", "--for", "online"}), 9);
}

TEST_F(CliCommands, WaitEndsWithTheStateOrTheTime) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  answer("GET /v1/agents/web1", describe::to_json(agent("web1", "web1")));
  EXPECT_EQ(rsctl({"wait", "web1", "--for", "online"}), 0) << terminal.err;
  EXPECT_EQ(rsctl({"wait", "web1", "--for", "offline", "--timeout", "1ms"}), 8);
  EXPECT_EQ(rsctl({"wait", "web9", "--for", "online"}), 6);
}

TEST_F(CliCommands, TheCertificateRenewsByItself) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  answer("GET /v1/agents", agents_with({}));
  clock.now += std::chrono::minutes(50);
  relay.certificate_life = 3 * 3600;
  EXPECT_EQ(rsctl({"agents", "list"}), 0) << terminal.err;
  EXPECT_EQ(rsctl({"agents", "list"}), 0) << terminal.err;
  EXPECT_EQ(count("POST /v1/renew"), 1u);
}

TEST_F(CliCommands, ARefusedRenewalOfAnExpiredCertificateIsSignIn) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  clock.now += std::chrono::hours(2);
  relay.answers["POST /v1/renew"] = {
      .status = 401, .body = R"({"error":{"code":"sign-in","message":"gone","retryable":false,"exit_code":4}})", .headers = {}};
  EXPECT_EQ(rsctl({"agents", "list"}), 4);
  EXPECT_NE(terminal.err.find("rsctl login"), std::string::npos);
}

TEST_F(CliCommands, ATokenStandsAloneOnStdoutAndHoldsTheSeedOfTheKeyThatWasSent) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  answer("POST /v1/enroll-tokens",
         describe::to_json(wire::api::TokenItem{"id-1", 1, {}, {}, false, test::kNow + std::chrono::hours(1), "u-1"}));
  ASSERT_EQ(rsctl({"enroll-token", "create", "--tag", "role=web", "--allow", "exec,diag"}), 0) << terminal.err;
  ASSERT_EQ(std::count(terminal.out.begin(), terminal.out.end(), '\n'), 1);
  const auto token = sealed::parse_enrol_token(terminal.out.substr(0, terminal.out.size() - 1)).value();
  EXPECT_EQ(token.relay_fingerprint, relay_print());
  EXPECT_EQ(token.org_fingerprint, org_print());
  EXPECT_EQ(token.url, relay.url());
  EXPECT_EQ(token.allow, (std::vector{Permission::exec, Permission::diag}));
  EXPECT_EQ(token.tags.at("role"), "web");
}

TEST_F(CliCommands, ADryRunAsksNobody) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  const auto before = relay.seen().size();
  EXPECT_EQ(rsctl({"enroll-token", "create", "--dry-run"}), 0);
  EXPECT_EQ(rsctl({"enroll-token", "revoke", "x", "--dry-run"}), 0);
  EXPECT_EQ(rsctl({"logout", "--dry-run"}), 0);
  EXPECT_EQ(relay.seen().size(), before);
}

TEST_F(CliCommands, LogoutForgetsTheCertificateAndKeepsThePins) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  answer("POST /v1/logout", "{}");
  ASSERT_EQ(rsctl({"logout"}), 0) << terminal.err;
  EXPECT_EQ(rsctl({"whoami"}), 4);
  EXPECT_EQ(rsctl({"auth", "status"}), 0);
  EXPECT_EQ(login({"--fingerprint", std::string(64, 'a')}), 31);
}

TEST_F(CliCommands, AuditVerifyFindsATailThatIsGoneSinceTheLastTime) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  std::vector<session::AuditRecord> records(2);
  session::AuditHead head;
  const auto page = [&](std::size_t length) {
    describe::Node::Array items;
    for (std::size_t i = 0; i < length; ++i) items.push_back(describe::to_node(records[i]));
    answer("GET /v1/audit?writer=relayd&after=0&limit=1000", describe::write_json(describe::Node::Object{{"items", items}}));
    answer("GET /v1/audit?writer=relayd&after=" + std::to_string(length) + "&limit=1000", R"({"items":[]})");
    answer("GET /v1/audit/head?writer=relayd", describe::to_json(session::AuditHead{length, records[length - 1].hash}));
  };
  for (auto& record : records) {
    record.time = test::kNow;
    record.writer = "relayd";
    record.tenant = tenant.org_id;
    ASSERT_TRUE(session::seal_next(record, head));
  }
  page(2);
  EXPECT_EQ(rsctl({"audit", "verify"}), 0) << terminal.err;
  page(1);
  EXPECT_EQ(rsctl({"audit", "verify"}), 32);
}

TEST_F(CliCommands, AnUnreachableRelayIsExit30) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  EXPECT_EQ(rsctl({"agents", "list", "-s", "https://127.0.0.1:1"}), 30);
}

TEST_F(CliCommands, ExecReportsItsOwnFailuresAs125) {
  EXPECT_EQ(rsctl({"exec", "box", "--json", "--", "true"}), 125);
  EXPECT_NE(terminal.err.find("\"code\":\"sign-in\""), std::string::npos);
  EXPECT_NE(terminal.err.find("\"exit_code\":125"), std::string::npos);
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  EXPECT_EQ(rsctl({"exec", "box"}), 125);
  EXPECT_EQ(rsctl({"exec", "box", "--env", "x", "--", "true"}), 125);
  EXPECT_EQ(rsctl({"exec", "box", "--script", "f", "--shell"}), 125);
}

} // namespace
