#include "agentd/app.hpp"
#include "agentd/audit_file.hpp"
#include "fake_relay.hpp"

namespace {

using namespace rs;
using namespace rs::agent;
using test::kNow;

// An enrolled agent and its relay, on one reactor.
struct RunningAgent : testing::Test {
  RunningAgent() {
    state = test::enrolled_state(relay.tenant, relay.url());
    dir.save_state(state).value();
    std::ofstream(config) << "allow: [exec]\n";
  }
  ~RunningAgent() override {
    if (app) stop();
  }

  App::Settings settings() {
    App::Settings out{.state_dir = dir, .config_file = config, .environment = [](std::string_view) {
      return std::optional<std::string>();
    }, .retry = {Millis(1), Millis(5)}, .build_time = {}};
    out.services = [this](const AgentState&, const session::Policy&) {
      std::vector<session::Service> services;
      services.push_back({"exec.run", Permission::exec,
                          [this](const session::Caller&, const describe::Node& params,
                                 session::CallPort& port) -> Result<std::unique_ptr<session::CallHandler>> {
        return std::unique_ptr<session::CallHandler>(std::make_unique<test::FakeExec>(params, port, exec));
      }});
      return services;
    };
    out.on_ready = [this](const AgentId& id) { ready.push_back(id); };
    return out;
  }
  void start() {
    app = App::open(reactor, clock, relay.tenant.random, settings()).value();
    app->start();
  }
  void stop() {
    bool done = false;
    app->stop([&] { done = true; });
    reactor.run_until(done);
    app.reset();
  }
  // Runs the reactor until it holds; the test's own timeout is the limit.
  template <class Condition>
  void await(Condition condition) {
    while (!condition()) {
      bool stepped = false;
      step.after(Millis(1), [&] { stepped = true; });
      reactor.run_until(stepped);
    }
  }
  void await_connected() {
    await([this] { return app->status().connected; });
  }
  AgentState stored() { return dir.load_state().value().value(); }
  Result<describe::Node> ask(ControlRequest request, std::uint32_t uid = 0) { return app->serve(request, uid); }
  describe::Node idle() { return describe::Node::Object{{"echo", true}}; } // a call that waits for stdin
  std::unique_ptr<test::Technician> working_technician() {
    auto technician = std::make_unique<test::Technician>(reactor, clock, relay);
    technician->call(state, idle());
    await([this] { return exec.started > 0; });
    return technician;
  }

  daemon::Reactor reactor;
  daemon::Reactor::Timer step{reactor};
  test::FixedClock clock;
  test::FakeRelay relay{reactor, clock};
  test::TempDir temp;
  StateDir dir = StateDir::open(temp / "state").value();
  std::string config = temp / "agentd.yaml";
  AgentState state;
  test::FakeExecLog exec;
  std::vector<AgentId> ready;
  std::unique_ptr<App> app;
};

TEST_F(RunningAgent, ConnectsAndSaysItIsReadyOnce) {
  start();
  await_connected();
  relay.restart();
  await([this] { return relay.hellos.size() == 2; });
  await_connected();
  EXPECT_EQ(ready, std::vector<AgentId>{state.agent});
}

TEST_F(RunningAgent, PersistsItsInstanceBeforeItConnects) {
  relay.silent_after_hello = true;
  start();
  await([this] { return !relay.hellos.empty(); });
  EXPECT_EQ(stored().instance_next, relay.hellos[0].next);
  EXPECT_FALSE(stored().instance_last);
}

TEST_F(RunningAgent, OffersAnUnacknowledgedInstanceAgainAndMovesOnAfterWelcome) {
  relay.silent_after_hello = true;
  start();
  await([this] { return !relay.hellos.empty(); });
  relay.silent_after_hello = false;
  relay.restart();
  await_connected();
  ASSERT_EQ(relay.hellos.size(), 2u);
  EXPECT_EQ(relay.hellos[1].next, relay.hellos[0].next);
  relay.restart();
  await([this] { return relay.hellos.size() == 3; });
  EXPECT_EQ(relay.hellos[2].last, relay.hellos[1].next);
  EXPECT_EQ(relay.hellos[2].next->counter, 2u);
}

TEST_F(RunningAgent, AnOfferThatCannotBeSavedIsNotMade) {
  app = App::open(reactor, clock, relay.tenant.random, settings()).value();
  std::filesystem::remove_all(dir.path() + "/identity.json");
  std::filesystem::create_directories(dir.path() + "/identity.json/in-the-way");
  app->start();
  await([turns = 0]() mutable { return ++turns > 20; }); // several attempts' time
  EXPECT_EQ(relay.links_opened, 0u);
  std::filesystem::remove_all(dir.path() + "/identity.json");
  await_connected();
}

TEST_F(RunningAgent, ACopyIsRefusedAndKeepsTrying) {
  const auto copied = state;
  start();
  await_connected();
  stop();
  start();
  await_connected();
  stop();
  dir.save_state(copied).value(); // the disk of before
  start();
  await([this] { return relay.hellos.size() >= 5; });
  EXPECT_FALSE(app->status().connected);
}

TEST_F(RunningAgent, WaitsAsLongAsTheRelayWantsAndComesBack) {
  start();
  await_connected();
  relay.goaway(Millis(20));
  await([this] { return relay.hellos.size() == 2; });
  await_connected();
}

TEST_F(RunningAgent, SurvivesAReplacedTlsKeyWithATicketInHand) {
  start();
  await_connected();
  relay.new_tls_key();
  relay.restart();
  await([this] { return relay.hellos.size() == 2; });
  await_connected();
  EXPECT_EQ(stored().relay_number, relay.statements);
}

TEST_F(RunningAgent, RefusesARelayWhoseStatementWentBack) {
  start();
  await_connected();
  relay.new_tls_key(); // number 2
  relay.restart();
  await([this] { return relay.hellos.size() == 2; });
  await_connected();
  relay.tenant.relay_statement = relay.tenant.sign_relay_statement(relay.tenant.relay, 1);
  relay.restart();
  await([this, links = relay.links_opened] { return relay.links_opened > links + 2; });
  EXPECT_FALSE(app->status().connected);
  EXPECT_EQ(relay.hellos.size(), 2u);
}

TEST_F(RunningAgent, KeepsARenewedCertificate) {
  auto claims = relay.tenant.agent_claims(identity_of(state), state.agent, "box");
  claims.exp += 1;
  relay.renewed = sealed::sign_document(claims, relay.tenant.issuer);
  start();
  await_connected();
  EXPECT_EQ(stored().certificate, sealed::sign_document(claims, relay.tenant.issuer));
}

TEST_F(RunningAgent, RunsACallAndHasItsRecord) {
  start();
  await_connected();
  test::Technician technician(reactor, clock, relay);
  auto& call = technician.call(state, describe::Node::Object{{"exit", 7}});
  await([&] { return call.result || call.error; });
  ASSERT_TRUE(call.result) << call.error->message;
  EXPECT_EQ(call.exit_code(), 7);
  EXPECT_EQ(AuditFile::verify(dir.audit_file()).value().seq, 1u);
  EXPECT_NE(test::read_all(dir.audit_file()).find("\"action\":\"exec.run\",\"target\":\"" + state.agent.text()),
            std::string::npos);
}

TEST_F(RunningAgent, RefusesWhatItCannotRecord) {
  std::filesystem::create_directories(dir.audit_file()); // cannot be opened as a file
  start();
  await_connected();
  test::Technician technician(reactor, clock, relay);
  auto& call = technician.call(state, describe::Node::Object{{"exit", 7}});
  await([&] { return call.result || call.error; });
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::audit_unavailable);
  EXPECT_EQ(exec.started, 0);
  EXPECT_TRUE(ask({.verb = ControlVerb::block})) << "the user's word holds all the same";
}

TEST_F(RunningAgent, StatusShowsTheSessionAndEndEndsIt) {
  start();
  await_connected();
  const auto technician = working_technician();
  const auto status = app->status();
  ASSERT_EQ(status.sessions.size(), 1u);
  EXPECT_EQ(status.sessions[0].email, "ada@acme.example");
  EXPECT_EQ(status.sessions[0].calls, std::vector<std::string>{"exec.run"});
  ASSERT_TRUE(ask({.verb = ControlVerb::end, .session = technician->session}, 4711));
  await([&] { return technician->seen.error.has_value(); });
  EXPECT_EQ(technician->seen.error->code, Errc::ended_by_customer);
  EXPECT_EQ(exec.lost, 1);
  EXPECT_EQ(ask({.verb = ControlVerb::end, .session = technician->session}).error().code, Errc::not_found);
}

TEST_F(RunningAgent, BlockEndsSessionsAndRefusesNewOnesAcrossARestart) {
  start();
  await_connected();
  const auto technician = working_technician();
  ASSERT_TRUE(ask({.verb = ControlVerb::block}, 4711));
  await([&] { return technician->seen.error.has_value(); });
  EXPECT_EQ(technician->seen.error->code, Errc::consent_revoked);
  stop();
  start();
  await_connected();
  test::Technician again(reactor, clock, relay);
  auto& call = again.call(state, describe::Node::Object{{"exit", 0}});
  await([&] { return call.result || call.error; });
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::consent_revoked);
}

TEST_F(RunningAgent, BlockWorksWithTheRelayUnreachable) {
  relay.stop();
  start();
  ASSERT_TRUE(ask({.verb = ControlVerb::block}));
  EXPECT_TRUE(*dir.load_taken_back().value().blocked);
  EXPECT_TRUE(app->status().blocked);
}

TEST_F(RunningAgent, RevokeEndsThatTechniciansSessionsOnly) {
  start();
  await_connected();
  const auto technician = working_technician();
  ASSERT_TRUE(ask({.verb = ControlVerb::revoke, .technician = "bob@acme.example"}));
  EXPECT_EQ(app->status().sessions.size(), 1u);
  ASSERT_TRUE(ask({.verb = ControlVerb::revoke, .technician = "ADA@acme.example"}));
  await([&] { return technician->seen.error.has_value(); });
  EXPECT_TRUE(app->status().sessions.empty());
}

TEST_F(RunningAgent, RecordsAndSavesOnlyWhatChangesSomething) {
  start();
  ASSERT_TRUE(ask({.verb = ControlVerb::block}, 4711));
  ASSERT_TRUE(ask({.verb = ControlVerb::revoke}, 4711));
  std::filesystem::remove(dir.path() + "/taken_back.json");
  for (const auto verb : {ControlVerb::end, ControlVerb::block, ControlVerb::revoke}) ASSERT_TRUE(ask({.verb = verb}, 4711));
  stop();
  EXPECT_EQ(AuditFile::verify(dir.audit_file()).value().seq, 2u);
  EXPECT_FALSE(std::filesystem::exists(dir.path() + "/taken_back.json"));
}

TEST_F(RunningAgent, OnlyRootUnblocksNotEvenItsOwnUser) {
  start();
  ASSERT_TRUE(ask({.verb = ControlVerb::block}, 4711));
  EXPECT_EQ(ask({.verb = ControlVerb::unblock}, 4711).error().code, Errc::permission);
  if (::getuid() != 0) EXPECT_EQ(ask({.verb = ControlVerb::unblock}, ::getuid()).error().code, Errc::permission);
  EXPECT_TRUE(app->status().blocked);
  ASSERT_TRUE(ask({.verb = ControlVerb::unblock}, 0));
  EXPECT_FALSE(app->status().blocked);
}

TEST_F(RunningAgent, ABrokenPolicyFileLeavesThePolicyAsItWas) {
  start();
  await_connected();
  std::ofstream(config) << "allow: [fly]\n";
  app->reload_policy();
  EXPECT_EQ(working_technician()->seen.error, std::nullopt);
  std::ofstream(config) << "deny: [exec]\n";
  app->reload_policy();
  test::Technician refused(reactor, clock, relay);
  auto& call = refused.call(state, idle());
  await([&] { return call.error.has_value(); });
  EXPECT_EQ(call.error->code, Errc::forbidden);
}

TEST_F(RunningAgent, StoppingEndsSessionsWithAWordToTheTechnician) {
  start();
  await_connected();
  const auto technician = working_technician();
  stop();
  await([&] { return technician->seen.error.has_value(); });
  EXPECT_EQ(technician->seen.error->message, "agentd is stopping");
  EXPECT_EQ(exec.lost, 1);
}

TEST_F(RunningAgent, DoesNotStartOnAStateThatItCannotTrust) {
  std::ofstream(dir.path() + "/taken_back.json") << "{";
  EXPECT_EQ(App::open(reactor, clock, relay.tenant.random, settings()).error().code, Errc::integrity);
}

} // namespace
