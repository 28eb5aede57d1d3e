// What one enrolled, connected, idle agent costs relayd: memory of the relay's process before and after N agents have
// been welcomed. The agents' ends are thin: a hello and then silence. idle_agents [N]; one JSON line.
#include "bench_relay.hpp"

#include "net/pump.hpp"

#include <csignal>
#include <malloc.h>
#include <sys/resource.h>

namespace {

using namespace rs;
using namespace rs::bench;

// A peer that says hello and then nothing.
struct IdleAgent {
  IdleAgent(BenchRelay& bench, BenchAgent& me, const net::Client& client, std::function<void()> welcomed)
      : link({me.identity, bench.trust(client), session::InstanceOffer{{}, {1, Bytes(16, 1)}}, {}}), on_welcome(std::move(welcomed)) {}

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

struct Memory {
  long rss = 0;
  long heap = 0; // KiB that malloc has handed out
};

Memory memory_now() {
  const auto heap = ::mallinfo2();
  return {memory_kib("Rss"), static_cast<long>((heap.uordblks + heap.hblkhd) / 1024)};
}

} // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 5000;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  BenchRelay bench(count + 1);
  const Pipe port_pipe, stop_pipe, memory_pipe;
  const auto relay = spawn([&] {
    ::close(stop_pipe.write);
    bench.agents.clear();
    bench.agents.shrink_to_fit();
    ::malloc_trim(0);
    bench.serve(port_pipe.write, stop_pipe.read, 2, [&] { put(memory_pipe.write, memory_now()); });
  });
  const int port = take<int>(port_pipe.read);
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
      bench.connect(reactor, port, "127.0.0." + std::to_string(1 + i % 4), [&, i](const net::Client& client, std::unique_ptr<net::Transport> link) {
        agents.push_back(std::make_unique<IdleAgent>(bench, bench.agents[i], client, [&] { reactor.post([&] { next(); }); }));
        pumps.push_back(std::make_unique<net::Pump<IdleAgent>>(std::move(link), *agents.back(), bench.clock, [](const Error& why) { die(why); }));
        pumps.back()->start();
      });
    };
    next();
    reactor.run_until(done);
  };
  const auto sample = [&] {
    put(stop_pipe.write, 'm');
    return take<Memory>(memory_pipe.read);
  };
  connect_up_to(1); // what is loaded lazily is loaded now
  const auto before = sample();
  const auto start = std::chrono::steady_clock::now();
  connect_up_to(count + 1);
  const auto seconds = seconds_since(start);
  const auto after = sample();
  const auto n = static_cast<double>(count);
  std::printf("{\"bench\":\"idle_agents\",\"agents\":%zu,\"kib_per_agent\":%.1f,\"heap_kib_per_agent\":%.1f,\"base_kib\":%ld,\"arrivals_per_s\":%.0f}\n", count,
              static_cast<double>(after.rss - before.rss) / n, static_cast<double>(after.heap - before.heap) / n, before.rss, n / seconds);
  std::fflush(stdout);
  ::close(stop_pipe.write);
  ::kill(relay, SIGKILL); // it has said all that is wanted; five thousand goodbyes are not measured
  ::waitpid(relay, nullptr, 0);
  std::_Exit(0);
}
