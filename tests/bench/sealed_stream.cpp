// technician -> relayd -> agent, three processes: a sealed stream from memory to memory over the real relay. What is
// measured is CPU time by process. sealed_stream [GIB] [RELAY_THREADS]; one JSON line.
#include "bench_relay.hpp"

#include "net/pump.hpp"
#include "session/agent.hpp"
#include "session/client.hpp"
#include "session/policy.hpp"

#include <cstring>

namespace {

using namespace rs;
using namespace rs::bench;

constexpr std::uint8_t kStream = 1;

struct Sink final : session::CallHandler {
  explicit Sink(session::CallPort& p) : port(p) {}
  void on_data(std::uint8_t, session::InData data) override {
    bytes += data.size();
    port.consumed(data.size());
  }
  void on_end(std::uint8_t) override {
    describe::Node result;
    result.set("bytes", bytes);
    port.result(std::move(result));
  }
  void on_writable() override {}
  void on_lost(const Error& why) override { die(why); }
  session::CallPort& port;
  std::uint64_t bytes = 0;
};

struct Host final : session::Agent::Host {
  const session::Policy& policy() override { return rules; }
  const session::TakenBack& taken_back() override { return nothing; }
  int local_minute() override { return 0; }
  void audit(session::AgentAudit, std::function<void(Result<void>)> done) override { done({}); }
  void on_welcomed(const session::PeerLink::Welcomed&) override { put(ready, 'w'); }
  void on_relay_statement(const sealed::RelayStatement&) override {}
  void on_goaway(Millis) override {}
  void wake() override {}
  session::Policy rules;
  session::TakenBack nothing;
  int ready = -1;
};

void run_agent(BenchRelay& bench, int ready) {
  daemon::Reactor reactor;
  Host host;
  host.ready = ready;
  host.rules.allow.value = session::default_allow();
  std::unique_ptr<session::Agent> agent;
  std::unique_ptr<net::Pump<session::Agent>> pump;
  bench.connect(reactor, "127.0.0.1", [&](const net::Client& client, std::unique_ptr<net::Transport> link) {
    auto& me = bench.agents[0];
    session::Service sink{"bench.sink", Permission::exec,
                          [](const session::Caller&, const describe::Node&, session::CallPort& p) {
      return Result<std::unique_ptr<session::CallHandler>>(std::make_unique<Sink>(p));
    }};
    const session::InstanceOffer offer{{}, {1, Bytes(16, 1)}};
    agent = std::make_unique<session::Agent>(
        session::Agent::Config{
            {me.identity, bench.trust(client), offer, {}}, bench.org, me.id, me.claims.name, "bench", {sink}, {}, {}},
        bench.random, host);
    pump =
        std::make_unique<net::Pump<session::Agent>>(std::move(link), *agent, bench.clock, [&](const Error&) { reactor.stop(); });
    pump->start();
  });
  reactor.run();
}

struct Source final : session::CallObserver, session::Client::Events {
  Source(BenchRelay& b, std::uint64_t total) : bench(b), left(total), block(1 << 20) { bench.random.fill(block); }

  void on_challenged(const sealed::RelayStatement&) override {
    const auto session = SessionId::from_random(bench.random.array<kIdRandomBytes>());
    machine->open_session(session, bench.agents[0].claims);
    port = &machine->call(
        session, {"bench.sink", bench.agents[0].claims.name, describe::Node(describe::Node::Object()), TrafficClass::bulk}, *this,
        bench.clock.boot());
  }
  void on_welcomed(const sealed::OrgStatement&) override {}
  void on_resolved(std::uint64_t, Result<sealed::AgentClaims>, std::string, bool) override {}

  void on_progress(describe::Node) override {}
  void on_data(std::uint8_t, session::InData) override {}
  void on_end(std::uint8_t) override {}
  void on_writable() override {
    while (left > 0) {
      const auto size = std::min<std::uint64_t>(port->sendable(), left);
      if (size == 0) return;
      session::OutFrame frame(size);
      std::memcpy(frame.room().data(), block.data(), size);
      port->send(kStream, std::move(frame), size);
      left -= size;
    }
    port->end(kStream);
    left = 0;
  }
  void on_result(describe::Node) override { reactor->stop(); }
  void on_error(const Error& why, const describe::Node&) override { die(why); }

  BenchRelay& bench;
  std::uint64_t left;
  Bytes block;
  session::Client* machine = nullptr;
  session::CallPort* port = nullptr;
  daemon::Reactor* reactor = nullptr;
};

Cpu run_client(BenchRelay& bench, std::uint64_t total) {
  daemon::Reactor reactor;
  Source source(bench, total);
  source.reactor = &reactor;
  std::unique_ptr<session::Client> machine;
  std::unique_ptr<net::Pump<session::Client>> pump;
  const auto before = cpu_so_far();
  bench.connect(reactor, "127.0.0.1", [&](const net::Client& client, std::unique_ptr<net::Transport> link) {
    machine = std::make_unique<session::Client>(session::PeerLink::Config{*bench.technician, bench.trust(client), {}, {}},
                                                bench.org, bench.random, source);
    source.machine = machine.get();
    pump =
        std::make_unique<net::Pump<session::Client>>(std::move(link), *machine, bench.clock, [](const Error& why) { die(why); });
    pump->start();
  });
  reactor.run();
  const auto after = cpu_so_far();
  return {after.user - before.user, after.system - before.system};
}

} // namespace

int main(int argc, char** argv) {
  const double gib = argc > 1 ? std::atof(argv[1]) : 2;
  const std::size_t threads = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 2;
  BenchRelay bench(1);
  bench.start_relayd(std::string(argv[0]).substr(0, std::string(argv[0]).rfind('/') + 1) + "relayd", "127.0.0.1:0", threads);
  const Pipe ready_pipe;
  const auto agent = spawn([&] { run_agent(bench, ready_pipe.write); });
  (void)take<char>(ready_pipe.read);
  const auto relay_before = bench.relay_cpu();
  const auto start = std::chrono::steady_clock::now();
  const auto client_cpu = run_client(bench, static_cast<std::uint64_t>(gib * (1 << 30)));
  const auto seconds = seconds_since(start);
  const auto relay_after = bench.relay_cpu();
  const auto agent_cpu = cpu_of(agent);
  ::kill(agent, SIGKILL);
  ::waitpid(agent, nullptr, 0);
  const Cpu relay_cpu{relay_after.user - relay_before.user, relay_after.system - relay_before.system};
  std::printf(
      "{\"bench\":\"sealed_stream\",\"unit\":\"CPU s per GiB\",\"client\":%.2f,\"relay\":%.2f,\"agent\":%.2f,\"all\":%.2f,"
      "\"client_user\":%.2f,\"relay_user\":%.2f,\"agent_user\":%.2f,\"mb_per_s\":%.0f,\"gib\":%.2f,\"relay_threads\":%zu}\n",
      client_cpu.total() / gib, relay_cpu.total() / gib, agent_cpu.total() / gib,
      (client_cpu.total() + relay_cpu.total() + agent_cpu.total()) / gib, client_cpu.user / gib, relay_cpu.user / gib,
      agent_cpu.user / gib, gib * (1 << 30) / 1e6 / seconds, gib, threads);
  return 0;
}
