#include "support/scene.hpp"

#include <gtest/gtest.h>

// Peers that break the rules, as the relay and the agent see them, and what a flood may cost.
namespace rs::test {
namespace {

using wire::FrameType;

struct PeerAttack {
  const char* name;
  std::function<Buffer()> frame; // injected as the technician's, on its running call (circuit 3)
  bool ends_link;
};

Buffer raw(std::initializer_list<std::uint8_t> bytes) { return Buffer::copy_of(Bytes(bytes)); }

Buffer data_of(std::uint32_t circuit, std::size_t bytes) {
  Buffer message(wire::kHeaderBytes + bytes);
  message.resize(message.capacity());
  std::fill_n(message.data(), message.size(), std::uint8_t{1});
  wire::put_data_header(message, circuit);
  return message;
}

const PeerAttack kPeerAttacks[] = {
    {"TruncatedHeader", [] { return raw({0, 0, 0, 3, 6}); }, true},
    {"UnknownType", [] { return raw({0, 0, 0, 3, 99, 0, 0, 0, 1}); }, true},
    {"UnknownFlags", [] { return raw({0, 0, 0, 3, 6, 1, 0, 0, 1}); }, true},
    {"DataOnCircuitZero", [] { return raw({0, 0, 0, 0, 6, 0, 0, 0, 1}); }, true},
    {"CreditOfThreeBytes", [] { return raw({0, 0, 0, 3, 7, 0, 0, 0, 1, 1, 1}); }, true},
    {"OpenWithUsedId", [] { return wire::encode_frame(3, FrameType::open, "{}"); }, true},
    {"OpenWithTheRelaysParity", [] { return wire::encode_frame(8, FrameType::open, "{}"); }, true},
    {"OpenWithoutFields", [] { return wire::encode_frame(5, FrameType::open, "{}"); }, true},
    {"HelloAgain", [] { return wire::encode_control(R"({"hello":{"hello":"x","certificate":"y"}})"); }, true},
    {"TwoMessagesInOneControl",
     [] { return wire::encode_control(R"({"resolve":{"n":1,"target":"x"},"goaway":{"code":"done","retry_after":"1s"}})"); },
     true},
    {"DataOutOfCredit", [] { return data_of(3, wire::kMaxData); }, false},
    {"AcceptThatNobodyAskedFor", [] { return wire::encode_frame(3, FrameType::accept, {}); }, false},
    {"InventedCredit", [] { return wire::encode_credit(3, wire::kMaxCredit + 1); }, false},
};

class HostilePeer : public testing::TestWithParam<PeerAttack> {};

TEST_P(HostilePeer, LosesItsCircuitOrLinkAndNothingElse) {
  Scene scene;
  scene.start();
  auto& bystander = scene.sim.add_client();
  auto& other = scene.sim.call(bystander, scene.agent, params(R"({"echo":true})"));
  scene.sim.run();
  // Use up what was granted, so that the next DATA is one too many.
  const auto key = scene.sim.key_of(scene.client);
  const int frames = std::string(GetParam().name) == "DataOutOfCredit" ? 9 : 1;
  for (int i = 0; i < frames && scene.sim.link_errors.empty(); ++i) scene.sim.inject_from_peer(key, GetParam().frame());
  scene.sim.run();
  EXPECT_EQ(scene.sim.link_errors.contains(key), GetParam().ends_link);
  ASSERT_TRUE(scene.call->error);
  EXPECT_EQ(scene.call->error->code, Errc::connection_lost);
  EXPECT_EQ(scene.agent.exec.lost, 1);
  EXPECT_FALSE(other.error);
  other.port->end(1);
  scene.sim.run();
  EXPECT_EQ(other.exit_code(), 0);
}

INSTANTIATE_TEST_SUITE_P(Technician, HostilePeer, testing::ValuesIn(kPeerAttacks),
                         [](const auto& row) { return row.param.name; });

TEST(SimAttack, FramesOnACircuitThatIsNotTheirsChangeNothing) {
  Scene scene;
  scene.start();
  auto& stranger = scene.sim.add_client();
  scene.sim.run();
  const auto key = scene.sim.key_of(stranger);
  for (const auto circuit : {1u, 2u, 3u, 4u, 77u}) {
    scene.sim.inject_from_peer(key, data_of(circuit, 64));
    scene.sim.inject_from_peer(key, wire::encode_credit(circuit, 1000));
    scene.sim.inject_from_peer(key, wire::encode_frame(circuit, FrameType::close, R"({"code":"done","message":""})"));
  }
  scene.sim.run();
  EXPECT_FALSE(scene.call->error);
  EXPECT_EQ(scene.agent.exec.stdin_bytes, "");
  scene.call->port->end(1);
  scene.sim.run();
  EXPECT_EQ(scene.call->exit_code(), 0);
}

TEST(SimAttack, AnythingBeforeHelloEndsTheLink) {
  Sim sim;
  sim.add_client();
  const auto key = sim.key_of(*sim.clients[0]);
  sim.inject_from_peer(key, wire::encode_frame(1, FrameType::open, "{}"));
  ASSERT_TRUE(sim.link_errors.contains(key));
  EXPECT_EQ(sim.link_errors.at(key).code, Errc::sign_in);
}

TEST(SimAttack, AgentOpensNoCircuits) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  sim.run();
  const wire::OpenBody body{.org = sim.tenant.org_id, .target = agent.id.text(), .session = sim.tenant.new_session_id()};
  bool refused = false;
  sim.tap = [&](Tap& tap, const Buffer&) { refused = refused || tap.type == FrameType::refuse; };
  sim.inject_from_peer(sim.key_of(agent), wire::encode_frame(1, FrameType::open, describe::to_json(body)));
  sim.run();
  EXPECT_TRUE(refused);
}

TEST(SimAttack, OpenForAnotherTenantIsRefused) {
  Scene scene;
  scene.sim.run();
  const wire::OpenBody body{.org = "org-two", .target = scene.agent.id.text(), .session = scene.sim.tenant.new_session_id()};
  bool refused = false;
  scene.sim.tap = [&](Tap& tap, const Buffer& message) {
    refused = refused || (tap.type == FrameType::refuse && as_text(message.view()).find("forbidden") != std::string_view::npos);
  };
  scene.sim.inject_from_peer(scene.sim.key_of(scene.client), wire::encode_frame(1, FrameType::open, describe::to_json(body)));
  scene.sim.run();
  EXPECT_TRUE(refused);
}

TEST(SimAttack, CreditBeyondTheLimitBreaksTheCircuitOnly) {
  Scene scene;
  scene.start();
  const auto key = scene.sim.key_of(scene.agent);
  for (int i = 0; i < 3; ++i) scene.sim.inject_from_peer(key, wire::encode_credit(4, wire::kMaxCredit / 2));
  scene.sim.run();
  ASSERT_TRUE(scene.call->error);
  EXPECT_EQ(scene.call->error->code, Errc::connection_lost);
  EXPECT_TRUE(scene.sim.link_errors.empty());
}

// Whoever is at the other end before the challenge may be anybody.
TEST(SimAttack, NothingIsBelievedBeforeTheChallenge) {
  const char* const words[] = {R"({"goaway":{"code":"shutting-down","retry_after":"876000h"}})",
                               R"({"error":{"code":"clone","message":"you are a copy"}})",
                               R"({"error":{"code":"agent-offline","message":"x"}})"};
  for (const auto* word : words) {
    Sim sim;
    auto& agent = sim.add_agent("box");
    sim.inject_to_peer(sim.key_of(agent), wire::encode_control(word));
    ASSERT_EQ(sim.peer_errors.size(), 1u) << word;
    EXPECT_EQ(sim.peer_errors.begin()->second.code, Errc::connection_lost) << word;
    EXPECT_FALSE(agent.told_to_go) << word;
  }
}

TEST(SimAttack, RelayCannotPushAnAgentsClockForward) {
  Sim sim;
  auto& first = sim.add_agent("box");
  sim.run();
  const auto before = first.machine->greatest_iat();
  const sealed::RelayStatement ahead{
      sim.tenant.relay.public_key(), 2, to_unix_seconds(sim.wall) + 290, to_unix_seconds(sim.wall) + 86400, {"relay.example"},
      {sim.tenant.tls_spki},         {}};
  sim.tenant.relay_statement = sealed::sign_document(ahead, sim.tenant.relay);
  auto& second = sim.add_agent("box2");
  sim.run();
  EXPECT_TRUE(second.welcomed);
  EXPECT_LE(second.machine->greatest_iat(), sim.wall);
  EXPECT_LE(before, sim.wall);
}

TEST(SimAttack, ClockSetBackProlongsNoSession) {
  Scene scene;
  scene.start();
  scene.sim.wall -= std::chrono::hours(48);
  scene.sim.now += std::chrono::hours(2); // the certificate was good for one
  scene.agent.machine->on_time(scene.sim.now);
  scene.sim.run();
  ASSERT_TRUE(scene.call->error);
  EXPECT_EQ(scene.call->error->code, Errc::expired);
}

TEST(SimAttack, OneTechnicianCannotTakeAllSessionsOrHandshakes) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& greedy = sim.add_client();
  auto& modest = sim.add_client();
  sim.run();
  std::vector<SeenCall*> taken;
  for (std::size_t i = 0; i < wire::kMaxSessionsPerKey + 20; ++i) {
    taken.push_back(&sim.call(greedy, agent, params(R"({"echo":true})")));
    sim.run();
  }
  EXPECT_FALSE(taken[wire::kMaxSessionsPerKey - 1]->error);
  ASSERT_TRUE(taken.back()->error);
  EXPECT_EQ(taken.back()->error->code, Errc::limit);
  auto& other = sim.call(modest, agent, params(R"({"exit":0})"));
  sim.run();
  EXPECT_EQ(other.exit_code(), 0);
}

TEST(SimAttack, FloodOfTinyFramesRunsOutOfCredit) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& client = sim.add_client();
  auto& call = sim.call(client, agent, params(R"({"hold":true})"));
  sim.run();
  std::size_t sent = 0;
  for (; call.port->sendable() > 0 && sent < 1'000'000; ++sent) {
    session::OutFrame frame(1);
    frame.room()[0] = 'x';
    call.port->send(1, std::move(frame), 1);
    if (sent % 1000 == 0) sim.run();
  }
  sim.run();
  EXPECT_LE(agent.exec.stdin_bytes.size(), wire::kWindow / 18 + 1);
}

TEST(SimAttack, PeerThatDoesNotReadCannotFillTheRelay) {
  Scene scene;
  scene.start();
  auto& relay = scene.sim.relay_of(scene.sim.key_of(scene.agent));
  const std::string opaque(16 << 10, 'x');
  const wire::OpenBody body{
      .org = scene.sim.tenant.org_id, .target = scene.agent.id.text(), .session = scene.sim.tenant.new_session_id()};
  for (int i = 0; i < 4000; ++i) // the agent reads nothing meanwhile
    relay.incoming_open(99, static_cast<wire::CircuitId>(2 * i + 1), TrafficClass::interactive,
                        wire::encode_frame(1, FrameType::open, describe::to_json(body), as_bytes(opaque)));
  EXPECT_LE(relay.queued_bytes(), wire::kMaxSignals + (20 << 10));
}

} // namespace
} // namespace rs::test
