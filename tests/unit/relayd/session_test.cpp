#include "link_fixture.hpp"

#include "net/pump.hpp"
#include "session/agent.hpp"
#include "session/client.hpp"
#include "session/policy.hpp"

namespace rs::relay::test {
namespace {

using describe::Node;

struct EchoHandler final : session::CallHandler {
  void on_data(std::uint8_t, session::InData) override {}
  void on_end(std::uint8_t) override {}
  void on_writable() override {}
  void on_lost(const Error&) override {}
};

// An agent that answers "test.echo" with what it was asked.
struct EchoAgent final : session::Agent::Host {
  const session::Policy& policy() override { return rules; }
  const session::TakenBack& taken_back() override { return nothing; }
  int local_minute() override { return 0; }
  void audit(session::AgentAudit, std::function<void(Result<void>)> done) override { done({}); }
  void on_welcomed(const session::PeerLink::Welcomed&) override { welcomed = true; }
  void on_relay_statement(const sealed::RelayStatement&) override {}
  void on_goaway(Millis) override {}
  void wake() override {}

  static Result<std::unique_ptr<session::CallHandler>> echo(const session::Caller&, const Node& params, session::CallPort& port) {
    port.result(params);
    return std::unique_ptr<session::CallHandler>(std::make_unique<EchoHandler>());
  }

  session::Policy rules;
  session::TakenBack nothing;
  bool welcomed = false;
  std::unique_ptr<session::Agent> machine;
  std::unique_ptr<net::Pump<session::Agent>> pump;
};

// A technician that makes one call as soon as he may.
struct Caller final : session::CallObserver, session::Client::Events {
  void on_challenged(const sealed::RelayStatement&) override {
    const auto session = SessionId::from_random(crypto::system_random().array<kIdRandomBytes>());
    machine->open_session(session, target);
    Node params;
    params.set("text", text);
    (void)machine->call(session, {"test.echo", target.name, params, TrafficClass::interactive}, *this,
                        BootTime(Millis(1'000'000)));
  }
  void on_welcomed(const sealed::OrgStatement&) override {}
  void on_resolved(std::uint64_t, Result<sealed::AgentClaims>, std::string, bool) override {}
  void on_progress(Node) override {}
  void on_data(std::uint8_t, session::InData) override {}
  void on_end(std::uint8_t) override {}
  void on_writable() override {}
  void on_result(Node document) override { answer = std::move(document), done = true; }
  void on_error(const Error& why, const Node&) override { failure = why, done = true; }

  sealed::AgentClaims target;
  std::string text;
  bool done = false;
  Node answer;
  std::optional<Error> failure;
  std::unique_ptr<session::Client> machine;
  std::unique_ptr<net::Pump<session::Client>> pump;
};

struct SessionTest : LinkTest {
  SessionTest() { start(); }

  std::pair<std::unique_ptr<net::Transport>, session::LinkTrust> open_transport() {
    auto connection = connect();
    const auto& spki = connection->identity().spki_sha256;
    session::LinkTrust trust{
        {fingerprint, {}, 0}, {acme().row.id, acme().row.org_fingerprint, 0}, Bytes(spki.begin(), spki.end())};
    std::optional<Result<std::unique_ptr<net::Transport>>> link;
    connection->upgrade([&](auto result) { link = std::move(result), woken = true; });
    wait([&] { return link.has_value(); });
    return {std::move(*link).value(), std::move(trust)};
  }
  std::unique_ptr<EchoAgent> run_agent(const Machine& machine) {
    auto agent = std::make_unique<EchoAgent>();
    auto [transport, trust] = open_transport();
    agent->rules.allow.value = session::default_allow();
    agent->machine = std::make_unique<session::Agent>(session::Agent::Config{{machine.keys, std::move(trust), offer(1), {}},
                                                                             acme().statement,
                                                                             machine.row.id,
                                                                             machine.row.name,
                                                                             "1",
                                                                             {{"test.echo", Permission::exec, &EchoAgent::echo}},
                                                                             {},
                                                                             {}},
                                                      crypto::system_random(), *agent);
    agent->pump = std::make_unique<net::Pump<session::Agent>>(std::move(transport), *agent->machine, clock, [](const Error&) {});
    agent->pump->start();
    wait_for([&] { return agent->welcomed; });
    return agent;
  }
  std::unique_ptr<Caller> run_caller(const Person& person, const Machine& target, const std::string& text) {
    auto caller = std::make_unique<Caller>();
    auto [transport, trust] = open_transport();
    caller->target = sealed::verify_agent(target.keys.certificate, acme().statement, kNow).value();
    caller->text = text;
    caller->machine = std::make_unique<session::Client>(session::PeerLink::Config{person.keys, std::move(trust), {}, {}},
                                                        acme().statement, crypto::system_random(), *caller);
    caller->pump =
        std::make_unique<net::Pump<session::Client>>(std::move(transport), *caller->machine, clock, [](const Error&) {});
    caller->pump->start();
    return caller;
  }
  // As wait(), for peers that do not say when they have heard something.
  bool wait_for(const std::function<bool()>& condition) { return eventually(condition); }
};

// Connections go to the threads in turn: callers come on the agents' thread and on the other one.
TEST_F(SessionTest, RunsAcrossThreadsBothWays) {
  const auto db = papers->machine(acme(), "db");
  const auto first = run_agent(web);
  const auto second = run_agent(db);
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < 8; ++i) callers.push_back(run_caller(ada, i / 2 % 2 == 0 ? web : db, "text " + std::to_string(i)));
  for (std::size_t i = 0; i < callers.size(); ++i) {
    ASSERT_TRUE(wait_for([&] { return callers[i]->done; })) << i;
    EXPECT_FALSE(callers[i]->failure) << i << ": " << callers[i]->failure->message;
    EXPECT_EQ(*callers[i]->answer.find("text"), Node(callers[i]->text)) << i;
  }
  EXPECT_EQ(papers->audit(acme().row.id, "session.open").size(), callers.size());
}

TEST_F(SessionTest, OfAnotherTenantNeverReachesTheAgent) {
  const auto agent = run_agent(web);
  auto forged = eve; // her own keys under a certificate that names this tenant
  auto claims = sealed::peek_document<sealed::TechnicianClaims>(eve.keys.certificate).value();
  claims.org = acme().row.id;
  forged.keys.certificate = sealed::sign_document(claims, other().issuer);
  const auto caller = run_caller(forged, web, "let me in");
  ASSERT_TRUE(wait_for([&] { return caller->done; }));
  EXPECT_TRUE(caller->failure);
  EXPECT_TRUE(agent->machine->sessions().empty());
  EXPECT_TRUE(papers->audit(acme().row.id, "session.open").empty());
}

} // namespace
} // namespace rs::relay::test
