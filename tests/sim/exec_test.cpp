#include "support/scene.hpp"
#include "wire/limits.hpp"

#include <gtest/gtest.h>

namespace rs::test {
namespace {

TEST(SimExec, ReturnsTheRemoteExitCode) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& client = sim.add_client();
  sim.run();
  auto& call = sim.call(client, agent, params(R"({"exit":7})"));
  sim.run();
  EXPECT_EQ(call.exit_code(), 7);
  ASSERT_EQ(agent.audited.size(), 1u);
  EXPECT_TRUE(agent.audited[0].allowed);
}

TEST(SimExec, SessionAndCallLeaveInTheFlightOfHello) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  sim.run();
  auto& client = sim.add_client();
  auto& call = sim.call(client, agent, params(R"({"exit":0})"));
  sim.run();
  EXPECT_EQ(call.exit_code(), 0);
}

// Sends `bytes` on stdin whenever there is room, then ends it.
void feed(Sim& sim, SeenCall& call, std::string bytes) {
  while (!bytes.empty()) {
    sim.run();
    const auto room = call.port->sendable();
    ASSERT_GT(room, 0u) << "no credit, " << bytes.size() << " bytes left";
    const auto size = std::min(room, bytes.size());
    session::OutFrame frame(size);
    std::copy_n(bytes.begin(), size, frame.room().begin());
    call.port->send(1, std::move(frame), size);
    bytes.erase(0, size);
  }
  call.port->end(1);
  sim.run();
}

TEST(SimExec, StreamsMoreThanTheWindowBothWays) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& client = sim.add_client();
  auto& call = sim.call(client, agent, params(R"({"echo":true})"));
  sim.run();
  std::string input(3 * wire::kWindow + 12345, 'a');
  for (std::size_t i = 0; i < input.size(); i += 97) input[i] = static_cast<char>(i);
  feed(sim, call, input);
  EXPECT_EQ(call.exit_code(), 0);
  EXPECT_TRUE(call.out == input);
  EXPECT_TRUE(call.out_ended);
}

TEST(SimExec, SlowReaderHoldsNoMoreThanItsWindowInTheRelay) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& client = sim.add_client();
  auto& call = sim.call(client, agent, params(R"({"flood":67108864})"));
  call.take = false;
  sim.run();
  EXPECT_LE(call.out.size(), wire::kWindow);
  EXPECT_GT(call.out.size(), wire::kWindow / 2);
  EXPECT_LE(sim.relay_peak_bytes, wire::kWindow + wire::kMaxMessage);
  EXPECT_FALSE(call.result);
}

TEST(SimExec, SlowReaderStallsOnlyItsOwnCircuit) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& client = sim.add_client();
  auto& slow = sim.call(client, agent, params(R"({"flood":67108864})"));
  slow.take = false;
  sim.run();
  auto& quick = sim.call(client, agent, params(R"({"exit":3})"));
  sim.run();
  EXPECT_EQ(quick.exit_code(), 3);
  EXPECT_FALSE(slow.result);
}

TEST(SimExec, UnknownServiceIsUnsupportedAndStartsNothing) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& client = sim.add_client();
  sim.run();
  SeenCall seen;
  const auto session = sim.tenant.new_session_id();
  client.machine->open_session(session, sim.tenant.agent_claims(agent.keys, agent.id, "box"));
  seen.port = &client.machine->call(session, {"camera.view", "box", {}, TrafficClass::interactive}, seen, sim.now);
  sim.run();
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->code, Errc::unsupported);
  EXPECT_EQ(agent.exec.started, 0);
}

TEST(SimExec, CallForAnotherNameIsWrongTarget) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& client = sim.add_client();
  auto& call = sim.call(client, agent, params(R"({"exit":0})"), "other-box");
  sim.run();
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::wrong_target);
  EXPECT_EQ(agent.exec.started, 0);
}

TEST(SimExec, CallAfterItsDeadlineIsTooLate) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& client = sim.add_client();
  sim.run();
  sim.tap = [&](Tap& tap, const Buffer&) {
    if (tap.to_agent && tap.type == wire::FrameType::data) sim.now += wire::kCallWindow + Millis(1);
  };
  auto& call = sim.call(client, agent, params(R"({"exit":0})"));
  sim.run();
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::too_late);
  EXPECT_EQ(agent.exec.started, 0);
}

TEST(SimExec, OfflineAgentIsTheRelaysWord) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& client = sim.add_client();
  sim.run();
  sim.drop_link(sim.key_of(agent));
  auto& call = sim.call(client, agent, params(R"({"exit":0})"));
  sim.run();
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::agent_offline);
}

TEST(SimExec, LostLinkEndsTheCallOnBothSides) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& client = sim.add_client();
  auto& call = sim.call(client, agent, params(R"({"echo":true})"));
  sim.run();
  sim.drop_link(sim.key_of(client));
  sim.run();
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::connection_lost);
  EXPECT_EQ(agent.exec.lost, 1);
  EXPECT_FALSE(agent.exec.stdin_ended);
}

TEST(SimExec, PolicyRefusesBeforeAnyHandler) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  agent.policy_.deny.value = {Permission::exec};
  auto& client = sim.add_client();
  auto& call = sim.call(client, agent, params(R"({"exit":0})"));
  sim.run();
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::forbidden);
  EXPECT_EQ(agent.exec.started, 0);
  ASSERT_EQ(agent.audited.size(), 1u);
  EXPECT_FALSE(agent.audited[0].allowed);
}

TEST(SimExec, NothingStartsWithoutAnAuditRecordOnTheAgent) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  agent.audit_fails = true;
  auto& client = sim.add_client();
  auto& call = sim.call(client, agent, params(R"({"exit":0})"));
  sim.run();
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::audit_unavailable);
  EXPECT_EQ(agent.exec.started, 0);
}

TEST(SimExec, NothingStartsWithoutAnAuditRecordOnTheRelay) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  sim.relay_audit_fails = true;
  auto& client = sim.add_client();
  auto& call = sim.call(client, agent, params(R"({"exit":0})"));
  sim.run();
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::audit_unavailable);
  EXPECT_EQ(agent.exec.started, 0);
}

TEST(SimExec, AgentWaitsForItsAuditRecordBeforeTheHandlerStarts) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  agent.audit_waits = true;
  auto& client = sim.add_client();
  auto& call = sim.call(client, agent, params(R"({"exit":5})"));
  sim.run();
  EXPECT_EQ(agent.exec.started, 0);
  ASSERT_EQ(agent.waiting_audits.size(), 1u);
  agent.waiting_audits[0]({});
  sim.run();
  EXPECT_EQ(call.exit_code(), 5);
}

TEST(SimExec, UserEndsTheSessionAndTheTechnicianHearsIt) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& client = sim.add_client();
  auto& call = sim.call(client, agent, params(R"({"echo":true})"));
  sim.run();
  EXPECT_EQ(agent.machine->end_session(sim.last_session, fail(Errc::ended_by_customer, "ended on the machine")), 1u);
  sim.run();
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::ended_by_customer);
  EXPECT_EQ(agent.exec.lost, 1);
  EXPECT_FALSE(agent.exec.stdin_ended);
}

TEST(SimExec, RevokedTechnicianIsRefusedInsideTheHandshake) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  agent.taken_back_.revoked.value = {"ada@acme.example"};
  auto& client = sim.add_client();
  auto& call = sim.call(client, agent, params(R"({"exit":0})"));
  sim.run();
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::consent_revoked);
}

// The relay holds the session's answer for its audit record while the call's refusal is already on its way.
TEST(SimExec, RefusalInTheHandshakeCountsEvenWhereTheCallsCircuitEndsFirst) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  agent.taken_back_.blocked.value = true;
  auto& client = sim.add_client();
  sim.run();
  std::vector<Buffer> held;
  sim.tap = [&](Tap& tap, const Buffer&) {
    if (!tap.to_agent && tap.type == wire::FrameType::accept) held = std::exchange(tap.replaced_by, {});
    if (!tap.to_agent && tap.type == wire::FrameType::close && !held.empty())
      held.push_back(std::move(std::exchange(tap.replaced_by, {})[0]));
  };
  auto& call = sim.call(client, agent, params(R"({"exit":0})"));
  sim.run();
  EXPECT_FALSE(call.error);
  ASSERT_EQ(held.size(), 2u);
  for (auto& message : held) sim.inject_to_peer(sim.key_of(client), std::move(message));
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::consent_revoked);
}

TEST(SimExec, SessionEndsWhenTheCertificateRunsOut) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& client = sim.add_client();
  auto& call = sim.call(client, agent, params(R"({"echo":true})"));
  sim.run();
  sim.now += std::chrono::hours(2);
  agent.machine->on_time(sim.now);
  sim.run();
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::expired);
  EXPECT_EQ(agent.exec.lost, 1);
}

TEST(SimExec, HalfSessionsAreFewAndCountForNothing) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& client = sim.add_client();
  sim.run();
  const auto claims = sim.tenant.agent_claims(agent.keys, agent.id, "box");
  for (std::size_t i = 0; i < wire::kMaxHalfSessions + 5; ++i) client.machine->open_session(sim.tenant.new_session_id(), claims);
  sim.run();
  EXPECT_TRUE(agent.machine->sessions().empty());
  EXPECT_TRUE(agent.audited.empty());
  auto& call = sim.call(client, agent, params(R"({"exit":0})"));
  sim.run();
  ASSERT_TRUE(call.error) << "the limit of half-open sessions was not enforced";
  EXPECT_EQ(call.error->code, Errc::limit);
  sim.now += wire::kHalfSessionTimeout + Millis(1);
  agent.machine->on_time(sim.now);
  sim.run();
  auto& later = sim.call(client, agent, params(R"({"exit":0})"));
  sim.run();
  EXPECT_EQ(later.exit_code(), 0);
}

} // namespace
} // namespace rs::test
