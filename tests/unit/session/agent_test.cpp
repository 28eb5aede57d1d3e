#include "session/agent.hpp"

#include "support/sim.hpp"
#include "unit/link/frames.hpp"
#include "wire/limits.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::session;
using namespace rs::test;

// An agent, and a technician with good keys whose program does what an honest one would not. The relay between them is
// left out: circuits have the agent's even ids on both sides.
class AgentAndHostileTechnician : public testing::Test {
 protected:
  AgentAndHostileTechnician() {
    wire::Control control;
    control.challenge = wire::Challenge{Bytes(32, 1), tenant().relay_statement};
    tell(wire::encode_control(describe::to_json(control)));
    control = {};
    control.welcome = wire::Welcome{tenant().org_statement, {}, {}};
    tell(wire::encode_control(describe::to_json(control)));
    (void)answers();
  }

  Tenant& tenant() { return sim_.tenant; }
  void tell(Buffer message) { ASSERT_TRUE(agent_.machine->on_message(std::move(message), sim_.now, sim_.wall)); }
  std::vector<Buffer> answers() {
    std::vector<Buffer> out;
    while (auto message = agent_.machine->next_message(sim_.now)) out.push_back(std::move(*message));
    return out;
  }
  wire::OpenBody body(std::uint64_t call_no) const {
    return {.org = sim_.tenant.org_id, .target = agent_.id.text(), .session = session_, .call_no = call_no};
  }
  // The first frame that answers this OPEN.
  wire::FrameType open(const wire::OpenBody& body, ByteView opaque = {}) {
    tell(wire::encode_frame(next_circuit_, wire::FrameType::open, describe::to_json(body), opaque));
    next_circuit_ += 2;
    auto out = answers();
    answer_ = out.empty() ? Buffer() : std::move(out.front());
    return out.empty() ? wire::FrameType::control : type_of(answer_);
  }
  void open_session() {
    const auto json = describe::to_json(body(0));
    sealed::Handshake handshake(sealed::Pattern::ik, true, sealed::session_prologue(json), keys_.noise,
                                agent_.keys.noise.public_key(), tenant().random);
    ASSERT_EQ(open(body(0), *handshake.write(as_bytes(keys_.certificate))), wire::FrameType::accept);
    ASSERT_TRUE(handshake.read(wire::parse_frame(answer_.view())->opaque));
    roots_ = Roots::of(handshake.split(), true);
  }
  void open_call(std::uint64_t call_no = 2) {
    ASSERT_EQ(open(body(call_no)), wire::FrameType::accept);
    call_ = next_circuit_ - 2;
    sealer_.emplace(sealed::circuit_key(roots_.send, call_no, describe::to_json(body(call_no))));
    opener_.emplace(sealed::circuit_key(roots_.receive, call_no, describe::to_json(body(call_no))));
    tell(wire::encode_credit(call_, wire::kWindow));
  }
  void say(std::uint8_t kind, std::string_view rest) {
    OutFrame frame(rest.size());
    std::copy(rest.begin(), rest.end(), frame.room().begin());
    auto buffer = frame.take();
    buffer.resize(buffer.capacity());
    buffer.data()[wire::kHeaderBytes] = kind;
    sealer_->seal(buffer.mutable_view().subspan(wire::kHeaderBytes));
    wire::put_data_header(buffer, call_);
    tell(std::move(buffer));
  }
  void request(std::string_view params = R"({"echo":true})", std::string_view as = "box") {
    say(kDocumentKind,
        R"({"call":"exec.run","as":")" + std::string(as) + R"(","within_ms":60000,"params":)" + std::string(params) + "}");
  }
  // The code of the error that the agent answered; else "closed" where it closed the call, or "".
  std::string outcome() {
    for (auto& message : answers()) {
      if (circuit_of(message) != call_) continue;
      if (type_of(message) == wire::FrameType::close) return "closed";
      auto part = message.mutable_view().subspan(wire::kHeaderBytes);
      if (type_of(message) != wire::FrameType::data || !opener_->open(part)) continue;
      const auto reply = describe::from_json<CallReply>(as_text(part.subspan(1, part.size() - 1 - crypto::kTagBytes)),
                                                        describe::Unknown::ignore);
      if (reply && reply->error) return reply->error->code;
    }
    return {};
  }

  Sim sim_;
  SimAgent& agent_ = sim_.add_agent("box");
  Identity keys_ = tenant().technician();
  SessionId session_ = tenant().new_session_id();
  Roots roots_;
  std::optional<sealed::FrameSealer> sealer_;
  std::optional<sealed::FrameOpener> opener_;
  Buffer answer_;
  wire::CircuitId call_ = 0;
  wire::CircuitId next_circuit_ = 2;
};

TEST_F(AgentAndHostileTechnician, AGoodRequestStartsTheHandler) {
  open_session();
  open_call();
  request();
  EXPECT_EQ(agent_.exec.started, 1);
  say(1, "abc");
  EXPECT_EQ(agent_.exec.stdin_bytes, "abc");
  EXPECT_FALSE(agent_.exec.stdin_ended);
}

TEST_F(AgentAndHostileTechnician, CallNumbersOnlyRise) {
  open_session();
  open_call(4);
  for (const std::uint64_t call_no : {4u, 2u, 3u, 5u}) EXPECT_EQ(open(body(call_no)), wire::FrameType::refuse) << call_no;
  EXPECT_EQ(open(body(6)), wire::FrameType::accept);
}

TEST_F(AgentAndHostileTechnician, OpensThatNameAnotherAgentTenantVersionOrModeAreRefused) {
  open_session();
  const std::function<void(wire::OpenBody&)> spoils[] = {
      [](auto& body) { body.version = 2; }, [](auto& body) { body.org = "org-two"; }, [](auto& body) { body.target = "box"; },
      [](auto& body) { body.mode = wire::HandshakeMode::xx; }, [this](auto& body) { body.session = tenant().new_session_id(); }};
  for (const auto& spoil : spoils) {
    auto spoilt = body(2);
    spoil(spoilt);
    EXPECT_EQ(open(spoilt), wire::FrameType::refuse);
  }
  EXPECT_EQ(open(body(2), Bytes{1}), wire::FrameType::refuse) << "a call carries no handshake";
}

TEST_F(AgentAndHostileTechnician, ASessionIsOpenedOnce) {
  open_session();
  EXPECT_EQ(open(body(0), Bytes(96, 1)), wire::FrameType::refuse);
}

TEST_F(AgentAndHostileTechnician, StreamDataBeforeTheRequestEndsTheCall) {
  open_session();
  open_call();
  say(1, "abc");
  EXPECT_EQ(outcome(), "closed");
  EXPECT_EQ(agent_.exec.started, 0);
}

TEST_F(AgentAndHostileTechnician, ARequestWithAMissingFieldIsInvalid) {
  open_session();
  open_call();
  say(kDocumentKind, R"({"call":"exec.run","as":"box","params":{}})");
  EXPECT_EQ(outcome(), "invalid");
  EXPECT_EQ(agent_.exec.started, 0);
}

TEST_F(AgentAndHostileTechnician, OneRequestStartsOneHandler) {
  open_session();
  open_call();
  request();
  request();
  EXPECT_EQ(agent_.exec.started, 1);
  EXPECT_EQ(agent_.exec.lost, 1) << "the handler was not told to stop";
  EXPECT_EQ(outcome(), "closed");
}

TEST_F(AgentAndHostileTechnician, NamesOfTheAgentAreItsNameItsIdAndABeginningOfIt) {
  open_session();
  const std::string id = agent_.id.text();
  std::uint64_t call_no = 0;
  for (const auto& [as, good] : std::initializer_list<std::pair<std::string, bool>>{{"box", true},
                                                                                    {id, true},
                                                                                    {id.substr(0, 4), true},
                                                                                    {id.substr(0, 3), false},
                                                                                    {id + "a", false},
                                                                                    {"", false},
                                                                                    {"BOX", false}}) {
    open_call(call_no += 2);
    const int started = agent_.exec.started;
    request(R"({"exit":0})", as);
    EXPECT_EQ(agent_.exec.started > started, good) << as;
    EXPECT_EQ(outcome(), good ? "closed" : "wrong-target") << as;
  }
}

TEST_F(AgentAndHostileTechnician, AStreamAfterItsEndEndsTheCallWithoutAResult) {
  open_session();
  open_call();
  request(R"({"hold":true})");
  say(1, "abc");
  say(1, "");
  EXPECT_EQ(agent_.exec.lost, 0);
  say(1, "more");
  EXPECT_EQ(agent_.exec.stdin_bytes, "abc");
  ASSERT_EQ(agent_.exec.lost, 1);
  EXPECT_EQ(agent_.exec.lost_with[0].code, Errc::integrity);
  EXPECT_EQ(outcome(), "closed");
}

TEST_F(AgentAndHostileTechnician, ASessionWithoutASealedFrameCountsForNothing) {
  open_session();
  EXPECT_TRUE(agent_.machine->sessions().empty());
  open_call();
  EXPECT_TRUE(agent_.machine->sessions().empty());
  request();
  ASSERT_EQ(agent_.machine->sessions().size(), 1u);
  EXPECT_EQ(agent_.machine->sessions()[0].calls, std::vector<std::string>{"exec.run"});
}

TEST_F(AgentAndHostileTechnician, EndingATechnicianEndsSessionsThatHaveNotSpokenToo) {
  open_session();
  EXPECT_EQ(agent_.machine->end_technician("bob@acme.example", fail(Errc::consent_revoked, "x")), 0u);
  EXPECT_EQ(agent_.machine->end_technician("Ada@ACME.example", fail(Errc::consent_revoked, "x")), 1u);
  EXPECT_EQ(open(body(2)), wire::FrameType::refuse);
}

} // namespace
