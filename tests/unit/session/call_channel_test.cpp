#include "session/call_channel.hpp"

#include "session/messages.hpp"
#include "support/seeded_random.hpp"
#include "unit/link/endpoint_pair.hpp"
#include "wire/limits.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::session;
using test::kOpenJson;

// Both ends of one call, over two endpoints back to back.
class CallChannelPair : public testing::Test {
 protected:
  CallChannelPair() {
    const sealed::Split split{crypto::Secret32::random(random_), crypto::Secret32::random(random_), {}};
    caller_.emplace(pair_.opener, circuit_, Roots::of(split, true), 2, kOpenJson);
    agent_.emplace(pair_.taker, circuit_ + 1, Roots::of(split, false), 2, kOpenJson);
    hostile_.emplace(sealed::circuit_key(split.initiator_to_responder, 2, kOpenJson));
    while (pair_.taker.next_event()) {}
  }

  void grant_agent_side(std::uint32_t bytes) {
    pair_.taker.grant(circuit_ + 1, bytes);
    run();
  }
  // Carries everything; what the agent's channel makes of it is kept as text.
  void run() {
    pair_.run();
    while (auto event = pair_.opener.next_event()) {
      if (std::holds_alternative<link::Endpoint::Writable>(*event)) caller_->on_writable();
    }
    pair_.run();
    while (auto event = pair_.taker.next_event()) {
      if (auto* received = std::get_if<link::Endpoint::Received>(&*event))
        seen_.push_back(text_of(agent_->receive(std::move(received->message))));
    }
  }
  static std::string text_of(Result<CallChannel::Incoming> incoming) {
    if (!incoming) return "error " + std::string(name(incoming.error().code));
    if (auto* document = std::get_if<CallChannel::Document>(&*incoming))
      return "document " + describe::write_json(document->node);
    if (auto* data = std::get_if<CallChannel::Data>(&*incoming))
      return "data " + std::to_string(data->kind) + " " + to_text(data->data.view());
    return "end " + std::to_string(std::get<CallChannel::End>(*incoming).kind);
  }
  void send(std::uint8_t kind, std::string_view text) {
    ASSERT_GE(caller_->sendable(), text.size());
    OutFrame frame(text.size());
    std::copy(text.begin(), text.end(), frame.room().begin());
    caller_->send(kind, std::move(frame), text.size());
  }
  // A frame that the caller's own channel would not write.
  void receive_plain(std::string_view plain) {
    Bytes room(wire::kHeaderBytes);
    room.insert(room.end(), plain.begin(), plain.end());
    room.resize(room.size() + crypto::kTagBytes);
    Buffer message = Buffer::copy_of(room);
    hostile_->seal(message.mutable_view().subspan(wire::kHeaderBytes));
    seen_.push_back(text_of(agent_->receive(std::move(message))));
  }

  test::SeededRandom random_{31};
  test::EndpointPair pair_;
  wire::CircuitId circuit_ = pair_.open();
  std::optional<CallChannel> caller_;
  std::optional<CallChannel> agent_;
  std::optional<sealed::FrameSealer> hostile_; // the caller's key in other hands
  std::vector<std::string> seen_;
};

using Seen = std::vector<std::string>;

TEST_F(CallChannelPair, CarriesDocumentsStreamsAndEndsInOrder) {
  grant_agent_side(wire::kWindow);
  ASSERT_TRUE(caller_->send_document("first"));
  send(1, "abc");
  send(9, "xyz");
  caller_->end(1);
  run();
  EXPECT_EQ(seen_, (Seen{"document \"first\"", "data 1 abc", "data 9 xyz", "end 1"}));
}

TEST_F(CallChannelPair, DocumentsAndEndsWaitForCreditAndKeepTheirOrder) {
  ASSERT_TRUE(caller_->send_document("one"));
  caller_->end(3);
  ASSERT_TRUE(caller_->send_document("two"));
  run();
  EXPECT_FALSE(caller_->idle());
  EXPECT_EQ(seen_, Seen{});
  grant_agent_side(5 + 17);
  EXPECT_EQ(seen_, Seen{"document \"one\""});
  grant_agent_side(16);
  EXPECT_EQ(seen_.size(), 1u) << "an end needs 17 bytes";
  grant_agent_side(1000);
  EXPECT_EQ(seen_, (Seen{"document \"one\"", "end 3", "document \"two\""}));
  EXPECT_TRUE(caller_->idle());
}

TEST_F(CallChannelPair, StreamsDoNotOvertakeWaitingDocuments) {
  grant_agent_side(100);
  ASSERT_TRUE(caller_->send_document(std::string(200, 'd')));
  EXPECT_EQ(caller_->sendable(), 0u);
  grant_agent_side(1000);
  EXPECT_GT(caller_->sendable(), 0u);
}

TEST_F(CallChannelPair, SendableLeavesRoomForKindAndTag) {
  EXPECT_EQ(caller_->sendable(), 0u);
  grant_agent_side(17);
  EXPECT_EQ(caller_->sendable(), 0u);
  grant_agent_side(1);
  ASSERT_EQ(caller_->sendable(), 1u);
  send(1, "x");
  run();
  EXPECT_EQ(seen_, Seen{"data 1 x"});
}

TEST_F(CallChannelPair, ADocumentThatIsTooLongIsLimitAndSendsNothing) {
  grant_agent_side(wire::kWindow);
  const auto sent = caller_->send_document(std::string(wire::kMaxDocument - 1, 'd')); // two quotes more
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::limit);
  EXPECT_TRUE(caller_->send_document(std::string(wire::kMaxDocument - 2, 'd')));
  run();
  EXPECT_EQ(seen_.size(), 1u);
}

TEST_F(CallChannelPair, AStreamThatGoesOnAfterItsEndIsIntegrity) {
  receive_plain("\x01");
  receive_plain("\x02other streams go on");
  receive_plain("\x01more");
  EXPECT_EQ(seen_, (Seen{"end 1", "data 2 other streams go on", "error integrity"}));
}

TEST_F(CallChannelPair, ASecondEndIsIntegrity) {
  receive_plain("\x01");
  receive_plain("\x01");
  EXPECT_EQ(seen_, (Seen{"end 1", "error integrity"}));
}

TEST_F(CallChannelPair, ADocumentThatIsNoJsonIsInvalid) {
  receive_plain(std::string_view("\0{", 2));
  receive_plain(std::string_view("\0", 1));
  EXPECT_EQ(seen_, (Seen{"error invalid", "error invalid"}));
}

TEST_F(CallChannelPair, AFrameShorterThanItsTagIsIntegrity) {
  for (const std::size_t size : {1u, 15u, 16u})
    EXPECT_EQ(text_of(agent_->receive(test::data_message(2, size))), "error integrity") << size;
}

TEST_F(CallChannelPair, NothingOpensAfterABrokenFrame) {
  EXPECT_EQ(text_of(agent_->receive(test::data_message(2, 64))), "error integrity");
  receive_plain("\x01good");
  EXPECT_EQ(seen_, Seen{"error integrity"});
}

TEST_F(CallChannelPair, ConsumedBytesBecomeCreditInSteps) {
  constexpr std::size_t kStep = wire::kWindow / 4;
  constexpr std::size_t kPiece = 60'000;
  constexpr std::size_t kOverhead = 1 + crypto::kTagBytes; // comes back with a frame's last byte
  grant_agent_side(wire::kWindow);
  for (int i = 0; i < 9; ++i) {
    send(1, std::string(kPiece, 'x'));
    run();
  }
  const auto left = wire::kWindow - 9 * (kPiece + kOverhead);
  agent_->consumed(8 * kPiece);
  agent_->consumed(kStep - 1 - 8 * (kPiece + kOverhead));
  run();
  EXPECT_EQ(pair_.opener.credit(circuit_), left);
  agent_->consumed(1);
  run();
  EXPECT_EQ(pair_.opener.credit(circuit_), left + kStep);
}

// What the handler takes, and what the frames cost beside it, is never short by more than the step in which it comes back.
TEST_F(CallChannelPair, AllCreditThatWasUsedComesBack) {
  constexpr std::size_t kPiece = 60'000;
  grant_agent_side(wire::kWindow);
  for (int i = 0; i < 80; ++i) {
    send(1, std::string(kPiece, 'x'));
    run();
    agent_->consumed(kPiece);
    run();
    EXPECT_GT(pair_.opener.credit(circuit_), wire::kWindow - wire::kWindow / 4) << i;
  }
  EXPECT_EQ(seen_.size(), 80u);
}

TEST_F(CallChannelPair, ProgressResultAndErrorHaveTheirDocuments) {
  pair_.opener.grant(circuit_, wire::kWindow);
  pair_.run();
  int finished = 0;
  agent_->on_finished = [&] { ++finished; };
  agent_->progress("half");
  agent_->result(7);
  agent_->result(8);
  agent_->error(fail(Errc::io, "too late to say"));
  pair_.run();
  Seen seen;
  while (auto event = pair_.opener.next_event()) {
    if (auto* received = std::get_if<link::Endpoint::Received>(&*event))
      seen.push_back(text_of(caller_->receive(std::move(received->message))));
  }
  EXPECT_EQ(seen, (Seen{R"(document {"progress":"half"})", R"(document {"result":7})"}));
  EXPECT_EQ(finished, 1);
}

TEST_F(CallChannelPair, AResultThatIsTooLongBecomesTheErrorLimit) {
  pair_.opener.grant(circuit_, wire::kWindow);
  pair_.run();
  agent_->result(std::string(wire::kMaxDocument, 'r'));
  pair_.run();
  std::optional<CallReply> reply;
  while (auto event = pair_.opener.next_event()) {
    auto* received = std::get_if<link::Endpoint::Received>(&*event);
    if (received == nullptr) continue;
    auto incoming = caller_->receive(std::move(received->message));
    reply = *describe::from_node<CallReply>(std::get<CallChannel::Document>(*incoming).node, describe::Unknown::refuse);
  }
  ASSERT_TRUE(reply && reply->error);
  EXPECT_EQ(reply->error->code, "limit");
}

TEST(SessionMessages, AnUnknownErrorCodeIsInternalAndStaysReadable) {
  EXPECT_EQ(to_error("consent-denied", "no").code, Errc::consent_denied);
  EXPECT_EQ(to_error("out-of-tea", "no"), fail(Errc::internal, "out-of-tea: no"));
}

} // namespace
