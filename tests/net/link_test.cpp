#include "net_fixture.hpp"

#include "net/memory_transport.hpp"

namespace rs::net {
namespace {

struct Link : NetFixture {
  Peer client;
};

TEST_F(Link, EchoesMessagesOfEverySizeUpToTheLimit) {
  client.adopt(open_link());
  std::size_t sent = 0;
  for (const std::size_t bytes :
       {1UL, 125UL, 126UL, 255UL, 256UL, 257UL, 1536UL, 16384UL, 65535UL, 65536UL, 131072UL, kTestMaxMessage}) {
    client.send(filled(bytes, static_cast<std::uint8_t>(bytes)));
    client.await(reactor, ++sent);
    ASSERT_FALSE(client.closed) << bytes << " " << client.closed->message;
    const auto expected = filled(bytes, static_cast<std::uint8_t>(bytes));
    ASSERT_TRUE(std::ranges::equal(client.received.back().view(), expected.view())) << bytes;
  }
}

TEST_F(Link, KeepsOrderWithAThousandMessagesEachWayAtOnce) {
  client.adopt(open_link());
  for (std::size_t i = 0; i < 1000; ++i) client.send(filled(1 + (i * 977) % 9000, static_cast<std::uint8_t>(i)));
  client.await(reactor, 1000);
  ASSERT_EQ(client.received.size(), 1000u);
  for (std::size_t i = 0; i < 1000; ++i) {
    const auto expected = filled(1 + (i * 977) % 9000, static_cast<std::uint8_t>(i));
    ASSERT_TRUE(std::ranges::equal(client.received[i].view(), expected.view())) << i;
  }
}

TEST_F(Link, CarriesLargeMessagesBothWaysAtOnce) {
  client.adopt(open_link());
  for (std::size_t i = 0; i < 100; ++i) client.send(filled(kTestMaxMessage - i, static_cast<std::uint8_t>(i)));
  client.await(reactor, 100);
  ASSERT_EQ(client.received.size(), 100u);
  EXPECT_EQ(client.received.back().size(), kTestMaxMessage - 99);
}

TEST_F(Link, ClosesWithLimitWhenAMessageIsTooLong) {
  client.adopt(open_link());
  reactor.run_until(client.reached = !links.empty());
  client.send(filled(kTestMaxMessage + 1, 1));
  client.await(reactor, 1);
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->code, Errc::connection_lost);
  ASSERT_TRUE(links[0]->closed);
  EXPECT_EQ(links[0]->closed->code, Errc::limit);
}

TEST_F(Link, ReportsALostConnectionWhenThePeerVanishes) {
  client.adopt(open_link());
  client.send(filled(10, 1));
  client.await(reactor, 1);
  client.transport.reset();
  links[0]->await(reactor, 1000);
  EXPECT_EQ(links[0]->closed->code, Errc::connection_lost);
}

TEST_F(Link, TellsThePeerTheReasonOfAClose) {
  client.adopt(open_link());
  client.send(filled(10, 1));
  client.await(reactor, 1);
  links[0]->transport->close("going elsewhere");
  client.await(reactor, 2);
  EXPECT_EQ(client.closed->message, "closed by the peer: going elsewhere");
}

TEST_F(Link, WritesWhatIsQueuedBeforeItCloses) {
  client.adopt(open_link());
  for (std::size_t i = 0; i < 20; ++i) client.send(filled(100'000, static_cast<std::uint8_t>(i)));
  client.transport->close("done");
  client.await(reactor, 1000);
  EXPECT_EQ(client.closed->code, Errc::connection_lost);
  EXPECT_EQ(links[0]->count, 20u);
}

TEST_F(Link, ClosesWithinTwoSecondsWhenThePeerDoesNotAnswer) {
  auto opened = open_link(); // never started on our side: nothing answers
  ASSERT_FALSE(links.empty());
  links[0]->transport->close("bye");
  links[0]->await(reactor, 1000);
  EXPECT_EQ(links[0]->closed->code, Errc::connection_lost);
}

TEST_F(Link, OwnerMayDestroyTheTransportInOnClosed) {
  struct Destroying : Peer {
    void on_closed(const Error& why) override {
      transport.reset();
      Peer::on_closed(why);
    }
  } owner;
  owner.adopt(open_link());
  owner.transport->close("done");
  owner.await(reactor, 1000);
  EXPECT_FALSE(owner.transport);
}

TEST_F(Link, PingsKeepAnIdleLinkAlive) {
  options.ping_after = Millis(50);
  options.dead_after = Millis(2000);
  client.adopt(open_link());
  bool passed = false;
  daemon::Reactor::Timer timer(reactor);
  timer.after(Millis(300), [&] { passed = true; });
  reactor.run_until(passed);
  EXPECT_FALSE(links[0]->closed);
  EXPECT_FALSE(client.closed);
}

TEST_F(Link, IsDeadWhenThePeerIsSilent) {
  options.ping_after = Millis(30);
  options.dead_after = Millis(90);
  const auto silent = open_link(); // not started: its pongs never leave
  links[0]->await(reactor, 1000);
  EXPECT_EQ(links[0]->closed->code, Errc::connection_lost);
  EXPECT_NE(links[0]->closed->message.find("90ms"), std::string::npos) << links[0]->closed->message;
}

TEST_F(Link, ServerMayGoWhileLinksStay) {
  client.adopt(open_link());
  server.reset();
  client.send(filled(10, 1));
  client.await(reactor, 1);
  EXPECT_FALSE(client.closed);
}

TEST(MemoryLink, CarriesMessagesInOrderAndEnds) {
  daemon::Reactor reactor;
  auto [a, b] = make_memory_link(reactor, 100);
  Peer left, right;
  left.adopt(std::move(a));
  for (std::uint8_t i = 0; i < 10; ++i) left.send(filled(10, i));
  right.adopt(std::move(b));
  right.await(reactor, 10);
  EXPECT_EQ(right.received[9].data()[0], 9);
  left.send(filled(101, 0));
  right.await(reactor, 11);
  EXPECT_EQ(right.closed->code, Errc::limit);
  left.await(reactor, 1);
  EXPECT_EQ(left.closed->code, Errc::connection_lost);
}

TEST(MemoryLink, DestroyingOneEndClosesTheOther) {
  daemon::Reactor reactor;
  auto [a, b] = make_memory_link(reactor, 100);
  Peer left;
  left.adopt(std::move(a));
  b.reset();
  left.await(reactor, 1);
  EXPECT_EQ(left.closed->code, Errc::connection_lost);
}

} // namespace
} // namespace rs::net
