#include "link/endpoint.hpp"

#include "unit/link/endpoint_pair.hpp"
#include "wire/limits.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::link;
using test::circuit_of;
using test::data_message;
using test::EndpointPair;
using test::kOpenJson;
using test::kThen;
using test::type_of;
using wire::FrameType;

template <class T>
std::vector<T> events_of(Endpoint& endpoint) {
  std::vector<T> out;
  while (auto event = endpoint.next_event()) {
    if (auto* wanted = std::get_if<T>(&*event)) out.push_back(std::move(*wanted));
  }
  return out;
}

TEST(Endpoint, OpensAndAcceptsWithTheHandshakesBytes) {
  EndpointPair pair;
  const auto circuit = pair.open();
  const auto opened = events_of<Endpoint::Opened>(pair.taker);
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_EQ(opened[0].json, kOpenJson);
  EXPECT_EQ(opened[0].opaque, (Bytes{1, 2}));
  EXPECT_EQ(opened[0].body.class_, TrafficClass::bulk);
  pair.taker.accept(opened[0].circuit, Bytes{3});
  pair.run();
  const auto accepted = events_of<Endpoint::Accepted>(pair.opener);
  ASSERT_EQ(accepted.size(), 1u);
  EXPECT_EQ(accepted[0].circuit, circuit);
  EXPECT_EQ(accepted[0].opaque, Bytes{3});
}

TEST(Endpoint, OwnCircuitsHaveOddIdsThatOnlyRise) {
  Endpoint endpoint;
  EXPECT_EQ(endpoint.open(kOpenJson, TrafficClass::bulk, {}), 1u);
  EXPECT_EQ(endpoint.open(kOpenJson, TrafficClass::bulk, {}), 3u);
  endpoint.close(3, {});
  EXPECT_EQ(endpoint.open(kOpenJson, TrafficClass::bulk, {}), 5u);
}

TEST(Endpoint, OpenWithAnOddOrUsedIdEndsTheLink) {
  for (const wire::CircuitId id : {5u, 4u, 2u}) {
    Endpoint endpoint;
    ASSERT_TRUE(endpoint.on_message(wire::encode_frame(4, FrameType::open, kOpenJson), kThen));
    endpoint.refuse(4, {});
    const auto again = endpoint.on_message(wire::encode_frame(id, FrameType::open, kOpenJson), kThen);
    ASSERT_FALSE(again) << id;
    EXPECT_EQ(again.error().code, Errc::invalid);
  }
}

TEST(Endpoint, NothingMayBeSentWithoutCredit) {
  EndpointPair pair;
  const auto circuit = pair.open();
  EXPECT_EQ(pair.opener.sendable(circuit), 0u);
  EXPECT_EQ(pair.opener.sendable(77), 0u);
  pair.taker.grant(circuit + 1, 1000);
  pair.run();
  EXPECT_EQ(pair.opener.sendable(circuit), 1000u);
  EXPECT_EQ(pair.opener.credit(circuit), 1000u);
  pair.opener.send(circuit, data_message(circuit, 600));
  EXPECT_EQ(pair.opener.sendable(circuit), 400u);
}

TEST(Endpoint, DataArrivesWholeAndInOrder) {
  EndpointPair pair;
  const auto circuit = pair.open();
  pair.taker.grant(circuit + 1, 1000);
  pair.run();
  for (std::uint8_t i = 0; i < 5; ++i) pair.opener.send(circuit, data_message(0xffff, 200, i));
  pair.opener.close(circuit, {wire::RelayCode::done, "that is all"});
  pair.run();
  std::vector<std::string> seen;
  while (auto event = pair.taker.next_event()) {
    if (auto* received = std::get_if<Endpoint::Received>(&*event))
      seen.push_back(std::to_string(received->message.data()[wire::kHeaderBytes]));
    if (auto* closed = std::get_if<Endpoint::Closed>(&*event)) seen.push_back(closed->body.message);
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"0", "1", "2", "3", "4", "that is all"}));
}

// The relay is not trusted to count: the receiver does.
TEST(Endpoint, DataBeyondTheOwnGrantClosesTheCircuit) {
  EndpointPair pair;
  const auto circuit = pair.open() + 1;
  pair.taker.grant(circuit, 100);
  ASSERT_TRUE(pair.taker.on_message(data_message(circuit, 60), kThen));
  ASSERT_TRUE(pair.taker.on_message(data_message(circuit, 41), kThen));
  std::size_t received = 0;
  std::optional<wire::RelayCode> code;
  while (auto event = pair.taker.next_event()) {
    received += std::holds_alternative<Endpoint::Received>(*event);
    if (auto* closed = std::get_if<Endpoint::Closed>(&*event)) code = closed->body.code;
  }
  EXPECT_EQ(received, 1u);
  EXPECT_EQ(code, wire::RelayCode::credit);
  EXPECT_EQ(pair.taker.circuits(), 0u);
}

TEST(Endpoint, InventedCreditClosesTheCircuit) {
  EndpointPair pair;
  const auto circuit = pair.open();
  ASSERT_TRUE(pair.opener.on_message(wire::encode_credit(circuit, wire::kMaxCredit), kThen));
  EXPECT_EQ(pair.opener.credit(circuit), wire::kMaxCredit);
  ASSERT_TRUE(pair.opener.on_message(wire::encode_credit(circuit, 1), kThen));
  const auto closed = events_of<Endpoint::Closed>(pair.opener);
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0].body.code, wire::RelayCode::credit);
}

TEST(Endpoint, WritableComesOnlyAfterStarvation) {
  EndpointPair pair;
  const auto circuit = pair.open();
  pair.taker.grant(circuit + 1, 100);
  pair.run();
  EXPECT_TRUE(events_of<Endpoint::Writable>(pair.opener).empty()) << "nobody had asked";
  pair.opener.send(circuit, data_message(circuit, 100));
  EXPECT_EQ(pair.opener.sendable(circuit), 0u);
  pair.taker.grant(circuit + 1, 100);
  pair.run();
  EXPECT_EQ(events_of<Endpoint::Writable>(pair.opener).size(), 1u);
  pair.taker.grant(circuit + 1, 100);
  pair.run();
  EXPECT_TRUE(events_of<Endpoint::Writable>(pair.opener).empty()) << "it was told already";
}

TEST(Endpoint, AFullQueueStarvesUntilItIsWritten) {
  EndpointPair pair;
  const auto circuit = pair.open();
  pair.taker.grant(circuit + 1, wire::kWindow);
  pair.run();
  std::size_t queued = 0;
  while (const auto room = pair.opener.sendable(circuit)) {
    pair.opener.send(circuit, data_message(circuit, room));
    queued += room;
  }
  EXPECT_GE(queued, wire::kMaxQueued);
  EXPECT_LE(queued, wire::kMaxQueued + wire::kMaxData);
  EXPECT_GT(pair.opener.credit(circuit), 0u);
  ASSERT_TRUE(pair.opener.next_message(kThen));
  EXPECT_EQ(events_of<Endpoint::Writable>(pair.opener).size(), 1u);
}

TEST(Endpoint, FramesOfAControlCircuitAreSmall) {
  Endpoint endpoint;
  const auto circuit = endpoint.open(kOpenJson, TrafficClass::control, {});
  ASSERT_TRUE(endpoint.on_message(wire::encode_credit(circuit, wire::kWindow), kThen));
  EXPECT_EQ(endpoint.sendable(circuit), wire::kMaxControlClassData);
}

TEST(Endpoint, FramesOfAClosedCircuitAreIgnored) {
  EndpointPair pair;
  const auto circuit = pair.open();
  (void)events_of<Endpoint::Opened>(pair.taker);
  pair.opener.close(circuit, {});
  for (auto& late : {wire::FrameType::accept, wire::FrameType::close, wire::FrameType::refuse})
    EXPECT_TRUE(pair.opener.on_message(wire::encode_frame(circuit, late, "{}"), kThen));
  EXPECT_TRUE(pair.opener.on_message(wire::encode_credit(circuit, wire::kMaxCredit), kThen));
  EXPECT_TRUE(pair.opener.on_message(data_message(circuit, 10), kThen));
  EXPECT_FALSE(pair.opener.next_event());
}

TEST(Endpoint, AnUnreadableReasonStillCloses) {
  for (const char* json : {"", "{}", "no json", R"({"code":"consent-denied","message":"x"})"}) {
    Endpoint endpoint;
    const auto circuit = endpoint.open(kOpenJson, TrafficClass::bulk, {});
    ASSERT_TRUE(endpoint.on_message(wire::encode_frame(circuit, FrameType::close, json), kThen));
    const auto closed = events_of<Endpoint::Closed>(endpoint);
    ASSERT_EQ(closed.size(), 1u) << json;
    EXPECT_EQ(closed[0].body.code, wire::RelayCode::protocol);
  }
}

TEST(Endpoint, RefusesMoreCircuitsThanALinkMayHave) {
  Endpoint endpoint;
  for (wire::CircuitId id = 2; id <= 2 * wire::kMaxCircuits + 2; id += 2)
    ASSERT_TRUE(endpoint.on_message(wire::encode_frame(id, FrameType::open, kOpenJson), kThen));
  EXPECT_EQ(events_of<Endpoint::Opened>(endpoint).size(), wire::kMaxCircuits);
  const auto refusal = endpoint.next_message(kThen);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(type_of(*refusal), FrameType::refuse);
  EXPECT_EQ(circuit_of(*refusal), 2 * wire::kMaxCircuits + 2);
  EXPECT_NE(as_text(refusal->view()).find(R"("limit","message":"circuits on a link: 1024")"), std::string_view::npos);
}

TEST(Endpoint, ClosingDropsNothingThatWasQueuedBefore) {
  Endpoint endpoint;
  const auto circuit = endpoint.open(kOpenJson, TrafficClass::bulk, {});
  ASSERT_TRUE(endpoint.on_message(wire::encode_credit(circuit, 500), kThen));
  endpoint.send(circuit, data_message(circuit, 500));
  endpoint.close(circuit, {});
  std::vector<FrameType> types;
  while (auto message = endpoint.next_message(kThen)) types.push_back(type_of(*message));
  EXPECT_EQ(types, (std::vector<FrameType>{FrameType::open, FrameType::data, FrameType::close}));
  EXPECT_FALSE(endpoint.has_output());
}

} // namespace
