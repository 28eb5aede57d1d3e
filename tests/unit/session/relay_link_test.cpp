#include "session/relay_link.hpp"

#include "unit/link/frames.hpp"
#include "wire/limits.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::session;
using test::circuit_of;
using test::data_message;
using test::type_of;
using wire::CircuitId;
using wire::CloseBody;
using wire::FrameType;
using wire::RelayCode;

// Remembers what a link asks of the rest of the relay.
struct FakeWorld final : RelayLink::World {
  struct Crossing {
    LinkKey to;
    CircuitId circuit;
    Buffer frame;
  };
  struct Bound {
    LinkKey opener;
    CircuitId circuit;
    LinkKey target;
    CircuitId target_circuit;
  };
  int hellos = 0;
  std::vector<std::string> resolves;
  std::vector<CircuitId> routed;
  std::vector<Crossing> crossings;
  std::vector<Bound> bounds;

  void authenticate(LinkKey, wire::Hello, Bytes) override { ++hellos; }
  void resolve(LinkKey, const Peer&, wire::Resolve request) override { resolves.push_back(request.target); }
  void route(LinkKey, const Peer&, CircuitId circuit, wire::OpenBody, Buffer) override { routed.push_back(circuit); }
  void cross(LinkKey to, CircuitId circuit, Buffer frame) override { crossings.push_back({to, circuit, std::move(frame)}); }
  void bound(LinkKey opener, CircuitId circuit, LinkKey target, CircuitId target_circuit) override {
    bounds.push_back({opener, circuit, target, target_circuit});
  }
  void wake(LinkKey) override {}
};

const auto kSession = *SessionId::parse("s-bcdefghijklmnopqrstu");
const auto kHello = R"({"hello":{"hello":"x","certificate":"y"}})";
const BootTime kThen{Millis(1000)};

Buffer open_frame(CircuitId circuit, std::uint64_t call_no, TrafficClass traffic = TrafficClass::interactive,
                  std::string org = "org-one") {
  return wire::encode_frame(
      circuit, FrameType::open,
      describe::to_json(
          wire::OpenBody{.org = std::move(org), .target = "a-1", .session = kSession, .call_no = call_no, .class_ = traffic}));
}

// The link of one peer, key 7; a far link, key 9, is imagined.
class RelayLinkOfOnePeer : public testing::Test {
 protected:
  static constexpr LinkKey kFar = 9;

  RelayLinkOfOnePeer() { (void)link_.next_message(); }

  void admit(Role role = Role::technician, bool is_agent = false) {
    ASSERT_TRUE(link_.on_message(wire::encode_control(kHello)));
    ASSERT_TRUE(link_.admit(Peer{is_agent, "org-one", "u-1", "ada", "ada@acme.example", role}, {"statement", {}, {}}));
    (void)written();
  }
  void take(Buffer message) { ASSERT_TRUE(link_.on_message(std::move(message))); }
  // Circuit 1, a session's, joined to circuit 2 of the far link.
  void open_session() {
    take(open_frame(1, 0));
    link_.bound(1, kFar, 2);
    link_.committed(1);
  }
  // Circuit 3, a call's, joined to circuit 4 of the far link.
  void open_call(TrafficClass traffic = TrafficClass::interactive) {
    open_session();
    take(open_frame(3, 2, traffic));
    link_.bound(3, kFar, 4);
  }
  // "TYPE circuit" of each message that the link has to write; codes of REFUSE and CLOSE behind it.
  std::vector<std::string> written() {
    std::vector<std::string> out;
    while (auto message = link_.next_message()) out.push_back(text_of(*message));
    return out;
  }
  std::vector<std::string> crossed() {
    std::vector<std::string> out;
    for (const auto& crossing : std::exchange(world_.crossings, {})) {
      EXPECT_EQ(crossing.to, kFar);
      auto frame = Buffer::copy_of(crossing.frame.view());
      wire::put_circuit(frame, crossing.circuit);
      out.push_back(text_of(frame));
    }
    return out;
  }
  static std::string text_of(const Buffer& message) {
    const auto frame = wire::parse_frame(message.view());
    if (!frame) return "no frame";
    std::string out = std::string(wire::name(frame->type)) + " " + std::to_string(frame->circuit);
    if (frame->type == FrameType::credit) out += " " + std::to_string(frame->credit);
    if (frame->type != FrameType::refuse && frame->type != FrameType::close) return out;
    const auto body = describe::from_json<CloseBody>(frame->json, describe::Unknown::ignore);
    return out + " " + (body ? std::string(describe::enum_name(body->code)) : "unreadable");
  }

  FakeWorld world_;
  RelayLink link_{7, world_, Bytes(32, 1), "relay-statement"};
};

using Texts = std::vector<std::string>;

TEST(RelayLink, SpeaksFirstWithItsChallenge) {
  FakeWorld world;
  RelayLink link(7, world, Bytes(32, 1), "relay-statement");
  const auto message = link.next_message();
  ASSERT_TRUE(message);
  const auto control = wire::parse_control(wire::parse_frame(message->view())->json);
  ASSERT_TRUE(control && control->challenge);
  EXPECT_EQ(control->challenge->nonce, Bytes(32, 1));
  EXPECT_EQ(control->challenge->statement, "relay-statement");
}

TEST_F(RelayLinkOfOnePeer, KeepsFramesBehindHelloUntilItIsChecked) {
  take(wire::encode_control(kHello));
  take(open_frame(1, 0));
  take(wire::encode_credit(1, 500));
  take(wire::encode_control(R"({"resolve":{"n":1,"target":"web01"}})"));
  EXPECT_EQ(world_.hellos, 1);
  EXPECT_TRUE(world_.routed.empty() && world_.resolves.empty());
  ASSERT_TRUE(link_.admit(Peer{false, "org-one", "u-1", "ada", "a@b.c", Role::technician}, {"statement", {}, {}}));
  EXPECT_EQ(world_.routed, std::vector<CircuitId>{1});
  EXPECT_EQ(world_.resolves, Texts{"web01"});
  link_.bound(1, kFar, 2);
  EXPECT_EQ(crossed(), Texts{"CREDIT 2 500"});
}

TEST_F(RelayLinkOfOnePeer, FramesBehindHelloAreBounded) {
  take(wire::encode_control(kHello));
  const auto frame = wire::encode_frame(1, FrameType::open, "{}", Bytes(wire::kMaxOpenOpaque, 1));
  for (int i = 0; i < 3; ++i) take(Buffer::copy_of(frame.view()));
  const auto last = link_.on_message(Buffer::copy_of(frame.view()));
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, Errc::limit);
}

TEST_F(RelayLinkOfOnePeer, ABrokenFrameBehindHelloEndsTheLinkAtAdmission) {
  take(wire::encode_control(kHello));
  take(wire::encode_control(kHello));
  const auto admitted = link_.admit(Peer{false, "org-one", "u-1", "ada", "a@b.c", Role::technician}, {"statement", {}, {}});
  ASSERT_FALSE(admitted);
  EXPECT_EQ(admitted.error().code, Errc::invalid);
  EXPECT_EQ(world_.hellos, 1);
}

TEST_F(RelayLinkOfOnePeer, NothingButHelloMayComeFirst) {
  for (auto& first : {open_frame(1, 0), wire::encode_credit(1, 1), wire::encode_control(R"({"resolve":{"n":1,"target":"x"}})")}) {
    FakeWorld world;
    RelayLink link(8, world, Bytes(32, 1), "s");
    const auto taken = link.on_message(Buffer::copy_of(first.view()));
    ASSERT_FALSE(taken) << text_of(first);
    EXPECT_EQ(taken.error().code, Errc::sign_in);
  }
}

TEST_F(RelayLinkOfOnePeer, ARejectedPeerHearsWhyAndNothingOfItsIsHandled) {
  take(wire::encode_control(kHello));
  take(open_frame(1, 0));
  link_.reject(RelayCode::clone, "an older instance");
  take(open_frame(3, 0));
  EXPECT_TRUE(world_.routed.empty());
  EXPECT_FALSE(link_.finished());
  const auto control = wire::parse_control(wire::parse_frame(link_.next_message()->view())->json);
  ASSERT_TRUE(control && control->error);
  EXPECT_EQ(control->error->code, RelayCode::clone);
  EXPECT_TRUE(link_.finished());
}

TEST_F(RelayLinkOfOnePeer, HoldsTheAnswerOfASessionUntilItsRecordIsCommitted) {
  admit();
  take(open_frame(1, 0));
  link_.bound(1, kFar, 2);
  link_.deliver(1, wire::encode_frame(2, FrameType::accept, {}, Bytes{1}), kThen);
  link_.deliver(1, wire::encode_credit(2, 100), kThen);
  EXPECT_EQ(written(), Texts{});
  link_.committed(1);
  EXPECT_EQ(written(), (Texts{"ACCEPT 1", "CREDIT 1 100"}));
  link_.deliver(1, data_message(2, 10), kThen);
  EXPECT_EQ(written(), Texts{"DATA 1"});
}

TEST_F(RelayLinkOfOnePeer, ACallIsAnsweredAtOnce) {
  admit();
  open_call();
  link_.deliver(3, wire::encode_frame(4, FrameType::accept, {}), kThen);
  EXPECT_EQ(written(), Texts{"ACCEPT 3"});
}

TEST_F(RelayLinkOfOnePeer, ARefusedRecordRefusesTheOpenerAndClosesTheOtherHalf) {
  admit();
  take(open_frame(1, 0));
  link_.bound(1, kFar, 2);
  link_.deliver(1, wire::encode_frame(2, FrameType::accept, {}, Bytes{1}), kThen);
  link_.refused(1, {RelayCode::audit_unavailable, "no space left"});
  EXPECT_EQ(written(), Texts{"REFUSE 1 audit-unavailable"});
  EXPECT_EQ(crossed(), Texts{"CLOSE 2 audit-unavailable"});
  EXPECT_EQ(link_.circuits(), 0u);
}

TEST_F(RelayLinkOfOnePeer, ACircuitThatClosedBeforeItWasBoundClosesItsOtherHalf) {
  admit();
  take(open_frame(1, 0));
  take(wire::encode_frame(1, FrameType::close, R"({"code":"done","message":""})"));
  EXPECT_EQ(crossed(), Texts{});
  link_.bound(1, kFar, 2);
  EXPECT_EQ(crossed(), Texts{"CLOSE 2 peer-gone"});
}

TEST_F(RelayLinkOfOnePeer, AnIncomingCircuitGetsAnEvenIdAndIsBound) {
  admit(Role::technician, true);
  link_.incoming_open(kFar, 5, TrafficClass::bulk, open_frame(5, 0));
  link_.incoming_open(kFar, 7, TrafficClass::bulk, open_frame(7, 2));
  EXPECT_EQ(written(), (Texts{"OPEN 2", "OPEN 4"}));
  ASSERT_EQ(world_.bounds.size(), 2u);
  EXPECT_EQ(world_.bounds[1].circuit, 7u);
  EXPECT_EQ(world_.bounds[1].target, 7u);
  EXPECT_EQ(world_.bounds[1].target_circuit, 4u);
  take(wire::encode_frame(4, FrameType::accept, {}));
  EXPECT_EQ(crossed(), Texts{"ACCEPT 7"});
}

TEST_F(RelayLinkOfOnePeer, AnIncomingCircuitAboveTheLimitIsRefused) {
  admit(Role::technician, true);
  for (CircuitId i = 0; i < wire::kMaxCircuits; ++i)
    link_.incoming_open(kFar, 2 * i + 1, TrafficClass::bulk, open_frame(2 * i + 1, 2));
  EXPECT_EQ(crossed(), Texts{});
  link_.incoming_open(kFar, 9001, TrafficClass::bulk, open_frame(9001, 2));
  EXPECT_EQ(crossed(), Texts{"REFUSE 9001 limit"});
  EXPECT_EQ(link_.circuits(), wire::kMaxCircuits);
}

TEST_F(RelayLinkOfOnePeer, AnOpenAboveTheLimitIsRefused) {
  admit();
  open_session();
  for (CircuitId i = 1; i < wire::kMaxCircuits; ++i) take(open_frame(2 * i + 1, 2 * i));
  EXPECT_EQ(written(), Texts{});
  take(open_frame(9001, 9000));
  EXPECT_EQ(written(), Texts{"REFUSE 9001 limit"});
}

TEST_F(RelayLinkOfOnePeer, OpensOnlyWhatThePeerMayOpen) {
  struct Row {
    Role role;
    bool is_agent;
    std::uint64_t call_no;
    const char* org;
  };
  const Row rows[] = {{Role::technician, true, 0, "org-one"},
                      {Role::customer, false, 0, "org-one"},
                      {Role::technician, false, 0, "org-two"},
                      {Role::technician, false, 2, "org-one"}};
  for (const auto& row : rows) {
    FakeWorld world;
    RelayLink link(7, world, Bytes(32, 1), "s");
    ASSERT_TRUE(link.on_message(wire::encode_control(kHello)));
    ASSERT_TRUE(link.admit(Peer{row.is_agent, "org-one", "x", "x", "x", row.role}, {"statement", {}, {}}));
    while (link.next_message()) {}
    ASSERT_TRUE(link.on_message(open_frame(1, row.call_no, TrafficClass::interactive, row.org)));
    EXPECT_EQ(text_of(*link.next_message()), "REFUSE 1 forbidden");
    EXPECT_TRUE(world.routed.empty());
  }
}

TEST_F(RelayLinkOfOnePeer, ASessionIsOpenOnceAtATime) {
  admit();
  open_session();
  take(open_frame(3, 0));
  EXPECT_EQ(written(), Texts{"REFUSE 3 forbidden"});
  take(wire::encode_frame(1, FrameType::close, R"({"code":"done","message":""})"));
  take(open_frame(5, 2));
  EXPECT_EQ(written(), Texts{"REFUSE 5 forbidden"});
  take(open_frame(7, 0));
  EXPECT_EQ(world_.routed, (std::vector<CircuitId>{1, 7}));
}

TEST_F(RelayLinkOfOnePeer, AnOpenWithAUsedOrEvenIdEndsTheLink) {
  for (const CircuitId id : {3u, 1u, 4u}) {
    FakeWorld world;
    RelayLink link(7, world, Bytes(32, 1), "s");
    ASSERT_TRUE(link.on_message(wire::encode_control(kHello)));
    ASSERT_TRUE(link.admit(Peer{false, "org-one", "x", "x", "x", Role::admin}, {"statement", {}, {}}));
    ASSERT_TRUE(link.on_message(open_frame(3, 0)));
    EXPECT_FALSE(link.on_message(open_frame(id, 0))) << id;
  }
}

TEST_F(RelayLinkOfOnePeer, DataUsesUpWhatTheOtherHalfGranted) {
  admit();
  open_call();
  link_.deliver(3, wire::encode_credit(4, 100), kThen);
  (void)written();
  take(data_message(3, 60));
  take(data_message(3, 40));
  EXPECT_EQ(crossed(), (Texts{"DATA 4", "DATA 4"}));
  take(data_message(3, 1));
  EXPECT_EQ(crossed(), Texts{"CLOSE 4 credit"});
  EXPECT_EQ(written(), Texts{"CLOSE 3 credit"});
}

TEST_F(RelayLinkOfOnePeer, AControlCircuitCarriesSmallFramesOnly) {
  admit();
  open_call(TrafficClass::control);
  link_.deliver(3, wire::encode_credit(4, wire::kWindow), kThen);
  (void)written();
  take(data_message(3, wire::kMaxControlClassData));
  EXPECT_EQ(crossed(), Texts{"DATA 4"});
  take(data_message(3, wire::kMaxControlClassData + 1));
  EXPECT_EQ(written(), Texts{"CLOSE 3 limit"});
  EXPECT_EQ(crossed(), Texts{"CLOSE 4 limit"});
}

TEST_F(RelayLinkOfOnePeer, MoreCreditThanMayBeOutstandingBreaksTheCircuit) {
  admit();
  open_call();
  link_.deliver(3, wire::encode_credit(4, wire::kMaxCredit), kThen);
  EXPECT_EQ(written(), Texts{"CREDIT 3 16777216"});
  link_.deliver(3, wire::encode_credit(4, 1), kThen);
  EXPECT_EQ(written(), Texts{"CLOSE 3 credit"});
  EXPECT_EQ(crossed(), Texts{"CLOSE 4 credit"});
}

TEST_F(RelayLinkOfOnePeer, EarlyCreditIsBoundedToo) {
  admit();
  take(open_frame(1, 0));
  take(wire::encode_credit(1, wire::kMaxCredit));
  take(wire::encode_credit(1, 1));
  EXPECT_EQ(written(), Texts{"CLOSE 1 credit"});
}

TEST_F(RelayLinkOfOnePeer, CreditOfNothingBreaksTheCircuit) {
  admit();
  open_call();
  take(wire::encode_credit(3, 0));
  EXPECT_EQ(written(), Texts{"CLOSE 3 credit"});
}

TEST_F(RelayLinkOfOnePeer, ManyGrantsToASlowReaderStayOneFrame) {
  admit();
  open_call();
  for (int i = 0; i < 10'000; ++i) link_.deliver(3, wire::encode_credit(4, 1), kThen);
  EXPECT_LT(link_.queued_bytes(), 100u);
  EXPECT_EQ(written(), Texts{"CREDIT 3 10000"});
}

TEST_F(RelayLinkOfOnePeer, AnAnswerToNoQuestionBreaksTheCircuit) {
  admit();
  open_call();
  take(wire::encode_frame(3, FrameType::accept, {}));
  EXPECT_EQ(written(), Texts{"CLOSE 3 protocol"});
  EXPECT_EQ(crossed(), Texts{"CLOSE 4 protocol"});
}

TEST_F(RelayLinkOfOnePeer, ASecondAnswerBreaksTheCircuit) {
  admit(Role::technician, true);
  link_.incoming_open(kFar, 5, TrafficClass::bulk, open_frame(5, 2));
  (void)written();
  take(wire::encode_frame(2, FrameType::accept, {}));
  take(wire::encode_frame(2, FrameType::refuse, R"({"code":"done","message":""})"));
  EXPECT_EQ(crossed(), (Texts{"ACCEPT 5", "CLOSE 5 protocol"}));
}

TEST_F(RelayLinkOfOnePeer, ALostLinkClosesTheOtherHalves) {
  admit();
  open_call();
  take(open_frame(5, 4)); // not bound yet
  link_.lost();
  EXPECT_EQ(crossed(), (Texts{"CLOSE 2 peer-gone", "CLOSE 4 peer-gone"}));
  EXPECT_EQ(link_.circuits(), 0u);
  link_.bound(5, kFar, 6);
  EXPECT_EQ(crossed(), Texts{"CLOSE 6 peer-gone"});
}

TEST_F(RelayLinkOfOnePeer, CloseOfTheOtherHalfComesBehindItsData) {
  admit();
  open_call(TrafficClass::bulk);
  link_.deliver(3, data_message(4, 10), kThen);
  link_.deliver(3, wire::encode_frame(4, FrameType::close, R"({"code":"done","message":""})"), kThen);
  link_.deliver(3, data_message(4, 10), kThen);
  EXPECT_EQ(written(), (Texts{"DATA 3", "CLOSE 3 done"}));
}

TEST_F(RelayLinkOfOnePeer, TheSameBufferGoesOnUnderAnotherId) {
  admit();
  open_call();
  auto frame = data_message(4, 1000, 0x5a);
  const auto* bytes = frame.data();
  link_.deliver(3, std::move(frame), kThen);
  const auto message = link_.next_message();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->data(), bytes);
  EXPECT_EQ(circuit_of(*message), 3u);
  EXPECT_EQ(type_of(*message), FrameType::data);
}

TEST_F(RelayLinkOfOnePeer, FramesOfCircuitsThatItDoesNotHaveChangeNothing) {
  admit();
  open_call();
  for (const CircuitId id : {2u, 4u, 5u, 99u}) {
    take(data_message(id, 10));
    take(wire::encode_credit(id, 10));
    take(wire::encode_frame(id, FrameType::accept, {}));
    link_.deliver(id, data_message(id, 10), kThen);
  }
  EXPECT_EQ(crossed(), Texts{});
  EXPECT_EQ(written(), Texts{});
  EXPECT_EQ(link_.circuits(), 2u);
}

} // namespace
