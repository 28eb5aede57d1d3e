// What one enrolled, connected, idle agent costs relayd: memory of the relay's process before and after N agents have
// been welcomed. The agents' ends are thin: a hello and then silence. idle_agents [N]; one JSON line.
#include "bench_relay.hpp"

#include "net/pump.hpp"

#include <sys/resource.h>

namespace {

using namespace rs;
using namespace rs::bench;

// A peer that says hello and then nothing.
struct IdleAgent {
  IdleAgent(BenchRelay& bench, BenchAgent& me, const net::Client& client, std::function<void()> welcomed)
      : link({me.identity, bench.trust(client), session::InstanceOffer{{}, {1, Bytes(16, 1)}}, {}}),
        on_welcome(std::move(welcomed)) {}

  Result<void> on_message(Buffer message, BootTime now, WallTime wall) {
    RS_CHECK(link.endpoint().on_message(std::move(message), now));
    while (auto event = link.endpoint().next_event()) {
      auto* control = std::get_if<rs::link::Endpoint::ControlReceived>(&*event);
      if (!control) continue;
      RS_TRY(const auto peer_event, link.on_control(std::move(control->control), wall));
      if (peer_event && std::holds_alternative<session::PeerLink::Welcomed>(*peer_event)) on_welcome();
    }
    return {};
  }
  std::optional<Buffer> next_message(BootTime now) { return link.endpoint().next_message(now); }
  void lost(const Error& why) { die(why); }

  session::PeerLink link;
  std::function<void()> on_welcome;
};

} // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 5000;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  BenchRelay bench(count + 1);
  bench.start_relayd(std::string(argv[0]).substr(0, std::string(argv[0]).rfind('/') + 1) + "relayd", "0.0.0.0:0", 2);
  daemon::Reactor reactor;
  std::vector<std::unique_ptr<IdleAgent>> agents;
  std::vector<std::unique_ptr<net::Pump<IdleAgent>>> pumps;
  // One after the other: a storm of arrivals would measure the storm.
  const auto connect_up_to = [&](std::size_t end) {
    bool done = false;
    std::function<void()> next = [&] {
      const auto i = agents.size();
      if (i == end) {
        done = true;
        return;
      }
      bench.connect(reactor, "127.0.0." + std::to_string(1 + i % 4),
                    [&, i](const net::Client& client, std::unique_ptr<net::Transport> link) {
        agents.push_back(std::make_unique<IdleAgent>(bench, bench.agents[i], client, [&] { reactor.post([&] { next(); }); }));
        pumps.push_back(std::make_unique<net::Pump<IdleAgent>>(std::move(link), *agents.back(), bench.clock,
                                                               [](const Error& why) { die(why); }));
        pumps.back()->start();
      });
    };
    next();
    reactor.run_until(done);
  };
  connect_up_to(1); // what is loaded lazily is loaded now
  ::sleep(2);       // and what start-up needed for a moment has been given back
  const auto before = bench.relay_kib("Anonymous");
  const auto base = bench.relay_kib("Rss");
  const auto start = std::chrono::steady_clock::now();
  connect_up_to(count + 1);
  const auto seconds = seconds_since(start);
  const auto after = bench.relay_kib("Anonymous");
  std::printf(
      "{\"bench\":\"idle_agents\",\"agents\":%zu,\"kib_per_agent\":%.1f,\"base_kib\":%ld,\"base_anonymous_kib\":%ld,\"arrivals_"
      "per_s\":%.0f}\n",
      count, static_cast<double>(after - before) / static_cast<double>(count), base, before,
      static_cast<double>(count) / seconds);
  std::fflush(stdout);
  bench.~BenchRelay(); // before the links, whose end is not measured
  std::_Exit(0);
}
