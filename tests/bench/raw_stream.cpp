// client -> relay -> sink, three processes, TLS WebSocket links over loopback without any seal: what net itself costs.
// raw_stream [GIB] [MESSAGE_BYTES]; one JSON line.
#include "measure.hpp"

#include "daemon/reactor.hpp"
#include "daemon/system_clock.hpp"
#include "net/client.hpp"
#include "net/server.hpp"

#include <deque>

namespace {

using namespace rs;
using namespace rs::bench;

constexpr std::size_t kWindow = 2 << 20; // bytes on the way between client and sink, as credit would allow
constexpr std::size_t kAcknowledge = 256 << 10;

struct Figures {
  Cpu client, relay, sink;
  double seconds = 0;
};

[[noreturn]] void die(const Error& error) {
  std::fprintf(stderr, "raw_stream: %s: %s\n", std::string(name(error.code)).c_str(), error.message.c_str());
  std::_Exit(1);
}

// Forwards whole buffers between the first two links that come in.
struct Relay : net::Server::Handler {
  struct Half : net::Transport::Owner {
    void on_message(Buffer message) override { other->push(std::move(message)); }
    std::optional<Buffer> next_message() override {
      if (queue.empty()) return std::nullopt;
      Buffer out = std::move(queue.front());
      queue.pop_front();
      return out;
    }
    void on_closed(const Error&) override { reactor->stop(); }
    void push(Buffer message) {
      queue.push_back(std::move(message));
      if (transport) transport->wake();
    }
    std::unique_ptr<net::Transport> transport;
    std::deque<Buffer> queue;
    Half* other = nullptr;
    daemon::Reactor* reactor = nullptr;
  };

  explicit Relay(daemon::Reactor& reactor) {
    for (auto& half : halves) half.reactor = &reactor;
    halves[0].other = &halves[1];
    halves[1].other = &halves[0];
  }
  void on_request(net::HttpRequest, std::function<void(net::HttpResponse)> reply) override { reply({}); }
  void on_link(std::size_t, std::unique_ptr<net::Transport> transport) override {
    auto& half = halves[links++];
    half.transport = std::move(transport);
    half.transport->start(half);
  }
  Half halves[2];
  std::size_t links = 0;
};

void run_relay(int port_out, int figures_out, std::size_t max_message) {
  daemon::Reactor reactor;
  Relay relay(reactor);
  const auto identity = net::make_self_signed({"127.0.0.1"}, daemon::SystemClock().wall()).value();
  net::ServerOptions options;
  options.address = "127.0.0.1";
  options.certificate = identity.certificate;
  options.private_key = identity.private_key;
  options.max_message = max_message;
  auto server = net::Server::listen({&reactor}, options, relay);
  if (!server) die(server.error());
  const std::string address = (*server)->bound_address();
  put(port_out, std::atoi(address.substr(address.rfind(':') + 1).c_str()));
  reactor.run();
  put(figures_out, cpu_so_far());
}

template <class End>
void run_end(int port, std::size_t max_message, End& end) {
  daemon::Reactor reactor;
  net::ConnectOptions options;
  options.url = {"127.0.0.1", static_cast<std::uint16_t>(port)};
  options.pinned_relay = "bench";
  options.max_message = max_message;
  std::unique_ptr<net::Client> client;
  net::Client::connect(reactor, options, [&](auto connected) {
    if (!connected) die(connected.error());
    client = std::move(*connected);
    client->upgrade([&](auto link) {
      if (!link) die(link.error());
      end.transport = std::move(*link);
      end.reactor = &reactor;
      end.transport->start(end);
    });
  });
  reactor.run();
}

struct Sink : net::Transport::Owner {
  void on_message(Buffer message) override {
    if (message.size() == 0) return finish();
    unacknowledged += message.size();
    if (unacknowledged >= kAcknowledge) transport->wake();
  }
  std::optional<Buffer> next_message() override {
    if (unacknowledged < kAcknowledge) return std::nullopt;
    Buffer out(8);
    out.resize(8);
    store_be<std::uint64_t>(out.data(), unacknowledged);
    unacknowledged = 0;
    return out;
  }
  void finish() {
    put(figures, cpu_so_far());
    transport->close("done");
  }
  void on_closed(const Error&) override { reactor->stop(); }
  std::unique_ptr<net::Transport> transport;
  daemon::Reactor* reactor = nullptr;
  std::size_t unacknowledged = 0;
  int figures = -1;
};

struct Source : net::Transport::Owner {
  void on_message(Buffer message) override {
    in_flight -= load_be<std::uint64_t>(message.data());
    transport->wake();
  }
  std::optional<Buffer> next_message() override {
    if (left == 0) return std::exchange(ended, true) ? std::nullopt : std::optional<Buffer>(Buffer());
    if (in_flight + message_bytes > kWindow) return std::nullopt;
    Buffer out(message_bytes);
    out.resize(message_bytes);
    in_flight += message_bytes;
    left -= std::min(left, message_bytes);
    return out;
  }
  void on_closed(const Error&) override { reactor->stop(); }
  std::unique_ptr<net::Transport> transport;
  daemon::Reactor* reactor = nullptr;
  std::size_t left = 0, message_bytes = 0, in_flight = 0;
  bool ended = false;
};

template <class Run>
pid_t spawn(Run run) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  run();
  std::_Exit(0);
}

} // namespace

int main(int argc, char** argv) {
  const double gib = argc > 1 ? std::atof(argv[1]) : 2;
  const std::size_t message_bytes = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 256 << 10;
  const Pipe port_pipe, relay_pipe, sink_pipe, source_pipe;
  spawn([&] { run_relay(port_pipe.write, relay_pipe.write, message_bytes); });
  const int port = take<int>(port_pipe.read);
  spawn([&] {
    Sink sink;
    sink.figures = sink_pipe.write;
    run_end(port, message_bytes, sink);
  });
  const auto start = std::chrono::steady_clock::now();
  spawn([&] {
    Source source;
    source.left = static_cast<std::size_t>(gib * (1 << 30));
    source.message_bytes = message_bytes;
    run_end(port, message_bytes, source);
    put(source_pipe.write, cpu_so_far());
  });
  Figures figures;
  figures.sink = take<Cpu>(sink_pipe.read);
  figures.seconds = seconds_since(start);
  figures.relay = take<Cpu>(relay_pipe.read);
  figures.client = take<Cpu>(source_pipe.read);
  while (::wait(nullptr) > 0) {}
  const auto print = [&](const char* who, const Cpu& cpu) {
    std::printf("\"%s_user\":%.3f,\"%s_system\":%.3f,\"%s\":%.3f,", who, cpu.user / gib, who, cpu.system / gib, who,
                cpu.total() / gib);
  };
  std::printf("{\"bench\":\"raw_stream\",\"gib\":%.2f,\"message_bytes\":%zu,\"unit\":\"CPU s per GiB\",", gib, message_bytes);
  print("client", figures.client);
  print("relay", figures.relay);
  print("sink", figures.sink);
  std::printf("\"all\":%.3f,\"mb_per_s\":%.0f}\n", (figures.client.total() + figures.relay.total() + figures.sink.total()) / gib,
              gib * (1 << 30) / 1e6 / figures.seconds);
  return 0;
}
