#include "agentd/uplink.hpp"
#include "fake_relay.hpp"

namespace {

using namespace rs;
using namespace rs::agent;

// Chooses how long a retry waits: nothing, or so long that the test would never see it.
struct ChosenRandom final : crypto::Random {
  void fill(MutableBytes out) override { std::fill(out.begin(), out.end(), 0), store_be<std::uint64_t>(out.data(), value); }
  std::uint64_t value = 0;
};

struct UplinkOfAgent : testing::Test, Uplink::Owner {
  Result<net::ConnectOptions> prepare() override {
    net::ConnectOptions options;
    options.url = net::parse_url(relay.url()).value();
    options.pinned_relay = "pinned";
    options.max_message = wire::kMaxMessage;
    return options;
  }
  Result<std::unique_ptr<session::Agent>> make_machine(const net::ServerIdentity& server) override {
    resumed.push_back(server.resumed);
    enough = resumed.size() == wanted;
    return answer(server);
  }
  void on_second() override {}
  void on_down(const Error& why) override { down.push_back(why.code); }
  void run_until_attempts(std::size_t count) {
    wanted = count;
    enough = resumed.size() >= wanted;
    uplink.start();
    reactor.run_until(enough);
  }

  daemon::Reactor reactor;
  test::FixedClock clock;
  test::FakeRelay relay{reactor, clock};
  test::TempDir temp;
  ChosenRandom random;
  std::function<Error(const net::ServerIdentity&)> answer;
  std::vector<bool> resumed;
  std::vector<Errc> down;
  std::size_t wanted = 0;
  bool enough = false;
  Uplink uplink{reactor, clock, Backoff(random, {std::chrono::hours(1), std::chrono::hours(1)}),
                net::make_ticket_store(temp / "tickets"), *this};
};

TEST_F(UplinkOfAgent, AResumedRelayThatIsAnotherIsTriedAtOnceWithoutTheTicket) {
  answer = [this](const net::ServerIdentity& server) {
    if (!server.resumed) return fail(Errc::connection_lost, "with a ticket to come back with");
    random.value = 3'600'000; // no other retry may be at once
    return fail(Errc::server_identity, "another TLS key");
  };
  run_until_attempts(3);
  EXPECT_EQ(resumed, (std::vector<bool>{false, true, false}));
  EXPECT_EQ(down.at(1), Errc::server_identity);
}

TEST_F(UplinkOfAgent, StopsWhileItWaitsForTheNextAttempt) {
  answer = [this](const net::ServerIdentity&) {
    random.value = 3'600'000;
    return fail(Errc::connection_lost, "no");
  };
  run_until_attempts(1);
  bool stopped = false;
  uplink.stop(fail(Errc::connection_lost, "stopping"), [&] { stopped = true; });
  reactor.run_until(stopped);
  EXPECT_TRUE(stopped);
  EXPECT_EQ(resumed.size(), 1u);
}

} // namespace
