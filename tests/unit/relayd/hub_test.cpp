#include "link_fixture.hpp"

#include "relayd/store/sqlite.hpp"

namespace rs::relay::test {
namespace {

using wire::FrameType;
using wire::RelayCode;

struct HubTest : LinkTest {
  HubTest() { start(); }
};

TEST_F(HubTest, RefusesEveryHelloThatProvesNothing) {
  auto mixed = web.keys; // an agent's certificate, a technician's key
  mixed.sign = ada.keys.sign;
  auto removed = papers->machine(acme(), "removed");
  papers->store->remove_agent(acme().row.id, removed.row.id).value();
  auto elsewhere = sealed::peek_document<sealed::TechnicianClaims>(ada.keys.certificate).value();
  elsewhere.org = other().row.id;
  auto foreign = ada.keys;
  foreign.certificate = sealed::sign_document(elsewhere, acme().issuer);
  const struct {
    const char* what;
    session::Identity keys;
    std::optional<session::InstanceOffer> instance;
    std::function<void(sealed::HelloClaims&)> change;
  } cases[] = {
      {"another nonce", ada.keys, {}, [](auto& c) { c.nonce[0] ^= 1; }},
      {"another relay", ada.keys, {}, [](auto& c) { c.relay = std::string(64, '0'); }},
      {"another version", ada.keys, {}, [](auto& c) { c.versions = {99}; }},
      {"an agent's certificate with a technician's key", mixed, offer(1), [](auto&) {}},
      {"an agent without an instance", web.keys, {}, [](auto&) {}},
      {"an instance that goes backwards", web.keys, session::InstanceOffer{instance(2), instance(1)}, [](auto&) {}},
      {"a removed agent", removed.keys, offer(1), [](auto&) {}},
      {"another tenant's member, certified here", foreign, {}, [](auto&) {}},
  };
  for (const auto& c : cases) {
    auto link = open_link();
    link->send(hello(*link, c.keys, c.instance, c.change));
    const auto answer = next_control(*link);
    ASSERT_TRUE(answer.error) << c.what;
    EXPECT_EQ(answer.error->code, RelayCode::sign_in) << c.what;
    EXPECT_TRUE(is_closed(*link)) << c.what;
  }
  EXPECT_EQ(status().agents_online, 0U);
}

TEST_F(HubTest, RefusesAnExpiredCertificate) {
  clock.advance(std::chrono::hours(13));
  auto link = open_link();
  EXPECT_EQ(enter(*link, ada.keys).error.value().code, RelayCode::sign_in);
}

TEST_F(HubTest, ClosesALinkThatDoesNotBeginWithHello) {
  auto early = open_link();
  early->send(open_frame(1, open_body(ada, web.row.id.text())));
  EXPECT_TRUE(is_closed(*early));
  auto noise = open_link();
  noise->send(Buffer::copy_of(as_bytes("xx")));
  EXPECT_TRUE(is_closed(*noise));
}

TEST_F(HubTest, TellsACopyFromTheOriginalWhichStays) {
  const auto original = enter(web, 1);
  auto again = enter(web, 2); // the original comes again
  auto copy = open_link();    // from an image taken before that
  const auto answer = enter(*copy, web.keys, session::InstanceOffer{instance(1), instance(2, 9)});
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, RelayCode::clone);
  EXPECT_TRUE(is_closed(*copy));
  EXPECT_TRUE(eventually([&] { return papers->audit(acme().row.id, "agent.clone-refused").size() == 1; }));
  EXPECT_EQ(papers->audit(acme().row.id, "agent.clone-refused")[0].actor, web.row.id.text());
  EXPECT_FALSE(again->closed);
  EXPECT_TRUE(is_online(web));
}

TEST_F(HubTest, TakesAnUnacknowledgedInstanceAgain) {
  (void)enter(web, 1);
  (void)enter(web, 1); // the welcome was lost
  (void)enter(web, 2);
  auto late = open_link();
  EXPECT_EQ(enter(*late, web.keys, offer(1)).error.value().code, RelayCode::clone);
}

TEST_F(HubTest, ANewerLinkReplacesTheOlder) {
  auto older = enter(web, 1);
  auto newer = enter(web, 2);
  EXPECT_TRUE(is_closed(*older));
  EXPECT_TRUE(eventually([&] { return status().links == 1; }));
  EXPECT_TRUE(is_online(web)); // the older one's end says nothing of the newer
  newer->drop();
  EXPECT_TRUE(eventually([&] { return !is_online(web); }));
}

TEST_F(HubTest, AnAgentThatGoesBeforeItsWelcomeIsNotOnline) {
  auto database = store::sqlite::Database::open(dir.store()).value();
  std::optional<store::sqlite::Transaction> writing(database);
  writing->begin().value(); // the relay cannot commit the instance meanwhile
  auto link = open_link();
  link->send_and_leave(wire::encode_control(describe::to_json(hello(*link, web.keys, offer(1)))));
  EXPECT_TRUE(is_closed(*link));
  EXPECT_TRUE(eventually([&] { return status().links == 0; }));
  writing.reset();
  EXPECT_TRUE(eventually([&] { return papers->store->agent(acme().row.id, web.row.id).value().next_instance.has_value(); }));
  EXPECT_EQ(send(plain("GET", "/readyz")).status, 200U); // the store's thread is done with it
  EXPECT_EQ(status().agents_online, 0U);
  EXPECT_FALSE(is_online(web));
}

TEST_F(HubTest, ResolvesNamesOfItsOwnTenantOnly) {
  auto link = enter(ada);
  EXPECT_EQ(resolve(*link, "nobody").error.value().code, RelayCode::not_found);
  const auto offline = resolve(*link, "web", 8).resolved.value();
  EXPECT_EQ(offline.n, 8U);
  EXPECT_EQ(offline.certificate, web.keys.certificate);
  EXPECT_FALSE(offline.online);
  const auto agent = enter(web);
  EXPECT_TRUE(resolve(*link, web.row.id.text()).resolved.value().online);
  auto stranger = enter(eve);
  EXPECT_EQ(resolve(*stranger, "web", 9).error.value().n, 9U);
  EXPECT_EQ(resolve(*stranger, web.row.id.text()).error.value().code, RelayCode::not_found);
}

TEST_F(HubTest, AnAgentMayAskForAndOpenNothing) {
  auto link = enter(web);
  EXPECT_EQ(resolve(*link, "web").error.value().code, RelayCode::forbidden);
  link->send(open_frame(1, open_body(ada, web.row.id.text())));
  EXPECT_EQ(next_reply(*link).why.code, RelayCode::forbidden);
}

TEST_F(HubTest, RefusesToReachWhoIsNotThereAndRecordsIt) {
  auto link = enter(ada);
  const auto body = open_body(ada, web.row.id.text());
  link->send(open_frame(1, body));
  const auto reply = next_reply(*link);
  EXPECT_EQ(reply.type, FrameType::refuse);
  EXPECT_EQ(reply.why.code, RelayCode::agent_offline);
  const auto records = papers->audit(acme().row.id, "session.open");
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].session, body.session);
  EXPECT_EQ(*records[0].detail.find("refused"), describe::Node("agent-offline"));
}

TEST_F(HubTest, ReachesNobodyInAnotherTenant) {
  const auto agent = enter(web);
  auto link = enter(eve);
  link->send(open_frame(1, open_body(eve, web.row.id.text())));
  EXPECT_EQ(next_reply(*link).why.code, RelayCode::agent_offline);
  link->send(open_frame(3, open_body(ada, web.row.id.text()))); // names the other tenant
  EXPECT_EQ(next_reply(*link).why.code, RelayCode::forbidden);
  EXPECT_TRUE(agent->inbox.empty());
}

TEST_F(HubTest, HasTheRecordBeforeTheAnswer) {
  auto agent = enter(web);
  auto link = enter(ada);
  const auto body = open_body(ada, web.row.id.text());
  link->send(open_frame(1, body));
  const auto opened = next_reply(*agent);
  EXPECT_EQ(opened.type, FrameType::open);
  EXPECT_EQ(opened.json, describe::to_json(body)); // byte for byte
  agent->send(wire::encode_frame(opened.circuit, FrameType::accept, "", as_bytes("yes")));
  EXPECT_EQ(next_reply(*link).type, FrameType::accept);
  EXPECT_EQ(papers->audit(acme().row.id, "session.open").at(0).actor, "u-ada");
}

// A peer that goes takes its circuits along, on whichever threads the two are.
TEST_F(HubTest, TellsTheOtherEndWhoeverGoes) {
  std::uint64_t instance = 0;
  for (const bool agent_goes : {true, false, true, false}) {
    std::unique_ptr<LinkEnd> aside = agent_goes ? nullptr : open_link(); // shifts the threads
    auto agent = enter(web, ++instance);
    if (instance > 2) aside = open_link();
    auto link = enter(ada);
    link->send(open_frame(1, open_body(ada, web.row.id.text())));
    const auto circuit = next_reply(*agent).circuit;
    agent->send(wire::encode_frame(circuit, FrameType::accept, "", as_bytes("yes")));
    EXPECT_EQ(next_reply(*link).type, FrameType::accept);
    (agent_goes ? agent : link)->drop();
    const auto told = next_reply(agent_goes ? *link : *agent);
    EXPECT_EQ(told.type, FrameType::close);
    EXPECT_EQ(told.why.code, RelayCode::peer_gone);
    EXPECT_TRUE(eventually([&] { return status().circuits == 0; }));
  }
}

TEST_F(HubTest, KeepsNoCircuitOfAnOpenerThatGoesAtOnce) {
  auto agent = enter(web);
  for (int i = 0; i < 20; ++i) {
    auto link = enter(ada);
    link->send_and_leave(open_frame(1, open_body(ada, web.row.id.text())));
    EXPECT_TRUE(is_closed(*link));
  }
  EXPECT_TRUE(eventually([&] { return status().links == 1 && status().circuits == 0; }));
  EXPECT_TRUE(wait([&] { return agent->inbox.size() == 40; }));
  std::map<wire::CircuitId, int> frames;
  for (auto& message : agent->inbox) ++frames[wire::parse_frame(message.view()).value().circuit];
  EXPECT_EQ(frames.size(), 20U);
  for (const auto& [circuit, count] : frames) EXPECT_EQ(count, 2) << circuit; // OPEN and CLOSE
}

TEST_F(HubTest, AnswersAnOpenerWhoseAgentGoesAtOnce) {
  auto link = enter(ada);
  for (std::uint64_t i = 1; i <= 20; ++i) {
    auto agent = enter(web, i);
    agent->send_and_leave(wire::encode_credit(9999, 1)); // for a circuit that it does not have
    link->send(open_frame(static_cast<wire::CircuitId>(2 * i - 1), open_body(ada, web.row.id.text())));
    auto reply = next_reply(*link);
    if (reply.type == FrameType::credit) reply = next_reply(*link); // the circuit stood when the agent's last word came
    EXPECT_EQ(reply.circuit, 2 * i - 1);
    EXPECT_TRUE(reply.why.code == RelayCode::agent_offline || reply.why.code == RelayCode::peer_gone);
  }
  EXPECT_TRUE(eventually([&] { return status().circuits == 0; }));
}

// The other half may be on the same thread, where it breaks in the middle of this one's input, or on another.
TEST_F(HubTest, CountsABrokenCircuitOnce) {
  std::uint64_t instance = 0;
  std::vector<std::unique_ptr<LinkEnd>> aside;
  for (int i = 0; i < 2; ++i) {
    auto agent = enter(web, ++instance);
    if (i == 1) aside.push_back(open_link());
    auto link = enter(ada);
    link->send(open_frame(1, open_body(ada, web.row.id.text())));
    agent->send(wire::encode_frame(next_reply(*agent).circuit, FrameType::accept, "", as_bytes("yes")));
    EXPECT_EQ(next_reply(*link).type, FrameType::accept);
    for (int n = 0; n < 2; ++n) link->send(wire::encode_credit(1, wire::kMaxCredit));
    const auto told = next_reply(*link);
    EXPECT_EQ(told.type, FrameType::close);
    EXPECT_EQ(told.why.code, RelayCode::credit);
    EXPECT_TRUE(eventually([&] { return status().circuits == 0; }));
    EXPECT_TRUE(resolve(*link, "web").resolved); // the link goes on
  }
}

TEST_F(HubTest, EndsTheLinksOfADeviceThatSignsOut) {
  std::vector<std::unique_ptr<LinkEnd>> links; // on both threads
  for (int i = 0; i < 4; ++i) links.push_back(enter(ada));
  const auto agent = enter(web);
  auto bystander = enter(operator_);
  EXPECT_EQ(call(ada, "POST", "/v1/logout").status, 200U);
  for (const auto& link : links) EXPECT_TRUE(is_closed(*link));
  auto again = open_link();
  EXPECT_EQ(enter(*again, ada.keys).error.value().code, RelayCode::sign_in);
  EXPECT_TRUE(resolve(*bystander, "web").resolved);
  EXPECT_TRUE(is_online(web));
}

TEST_F(HubTest, SendsPeersAwayBeforeItStops) {
  auto agent = enter(web);
  auto link = enter(ada);
  std::thread stopping([&] { app->stop(); });
  for (auto* end : {agent.get(), link.get()}) {
    const auto word = next_control(*end);
    ASSERT_TRUE(word.goaway);
    EXPECT_EQ(word.goaway->code, RelayCode::shutting_down);
    EXPECT_GT(word.goaway->retry_after, Millis(0));
    EXPECT_TRUE(is_closed(*end));
  }
  stopping.join();
}

struct SilentLinks : LinkTest {
  SilentLinks() {
    auto options = serve_options();
    options.sweep_every = Millis(1);
    start(options);
  }
};

TEST_F(SilentLinks, AreClosedWhenTheirTimeIsOver) {
  auto welcome = enter(ada);
  auto silent = open_link();
  EXPECT_TRUE(next_control(*silent).challenge);
  clock.advance(wire::kHelloTimeout);
  EXPECT_TRUE(resolve(*welcome, "web").resolved);
  EXPECT_FALSE(silent->closed); // not yet over
  clock.advance(Millis(1));
  EXPECT_TRUE(is_closed(*silent));
  EXPECT_TRUE(resolve(*welcome, "web").resolved);
}

} // namespace
} // namespace rs::relay::test
