// What an idle TLS WebSocket link costs the server: N links over loopback to a forked server that does nothing else.
// idle_links [N]; one JSON line. KiB a link, from the server's own memory before and after.
#include "measure.hpp"

#include "daemon/reactor.hpp"
#include "daemon/system_clock.hpp"
#include "net/client.hpp"
#include "net/server.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <vector>

namespace {

using namespace rs;
using namespace rs::bench;

constexpr std::size_t kMaxMessage = (256 << 10) + 64;
constexpr std::size_t kConnectingAtOnce = 50;

struct Idle : net::Transport::Owner {
  void on_message(Buffer) override {}
  std::optional<Buffer> next_message() override { return std::nullopt; }
  void on_closed(const Error&) override { ++closed; }
  std::size_t closed = 0;
};

struct Memory {
  long rss_kib = 0, anonymous_kib = 0, heap_used_kib = 0, heap_free_kib = 0;
};

Memory memory_now() {
  const auto heap = ::mallinfo2();
  return {memory_kib("Rss"), memory_kib("Anonymous"), static_cast<long>((heap.uordblks + heap.hblkhd) / 1024),
          static_cast<long>(heap.fordblks / 1024)};
}

struct Holder : net::Server::Handler {
  void on_request(net::HttpRequest, std::function<void(net::HttpResponse)> reply) override { reply({}); }
  void on_link(std::size_t, std::unique_ptr<net::Transport> transport) override {
    transport->start(idle);
    links.push_back(std::move(transport));
    if (links.size() == wanted) full();
  }
  std::vector<std::unique_ptr<net::Transport>> links;
  std::size_t wanted = 0;
  std::function<void()> full;
  Idle idle;
};

// Measures after the first links (so that what is made once is not counted), and a moment after the last.
void run_server(int out, std::size_t count) {
  daemon::Reactor reactor;
  Holder holder;
  daemon::Reactor::Timer timer(reactor);
  const auto identity = net::make_self_signed({"127.0.0.1"}, daemon::SystemClock().wall()).value();
  net::ServerOptions options;
  options.address = "127.0.0.1";
  options.certificate = identity.certificate;
  options.private_key = identity.private_key;
  options.max_message = kMaxMessage;
  auto server = net::Server::listen({&reactor}, options, holder);
  if (!server) std::abort();
  const std::string address = (*server)->bound_address();
  put(out, std::atoi(address.substr(address.rfind(':') + 1).c_str()));
  holder.links.reserve(count + kConnectingAtOnce);
  holder.wanted = kConnectingAtOnce;
  holder.full = [&] {
    timer.after(Millis(300), [&] {
      put(out, memory_now());
      holder.wanted = count + kConnectingAtOnce;
      holder.full = [&] {
        timer.after(Millis(1000), [&] {
          put(out, memory_now());
          put(out, cpu_so_far());
          std::_Exit(holder.idle.closed == 0 ? 0 : 1);
        });
      };
    });
  };
  reactor.run();
}

// Opens links, some at a time, until `count` are open.
struct Opener {
  daemon::Reactor& reactor;
  net::ConnectOptions options;
  std::size_t count, started = 0;
  std::vector<std::unique_ptr<net::Transport>> links = {};
  Idle idle = {};
  bool done = false;

  void open_one() {
    if (started == count) return;
    ++started;
    net::Client::connect(reactor, options, [this](auto connected) {
      if (!connected) std::abort();
      auto client = std::shared_ptr<net::Client>(std::move(*connected));
      client->upgrade([this, client](auto link) {
        if (!link) std::abort();
        (*link)->start(idle);
        links.push_back(std::move(*link));
        done = links.size() == count;
        open_one();
      });
    });
  }
  void open_all() {
    done = false;
    for (std::size_t i = 0; i < kConnectingAtOnce; ++i) open_one();
    reactor.run_until(done);
  }
};

} // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 5000;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const Pipe pipe;
  if (::fork() == 0) run_server(pipe.write, count);
  const int port = take<int>(pipe.read);
  daemon::Reactor reactor;
  net::ConnectOptions options;
  options.url = {"127.0.0.1", static_cast<std::uint16_t>(port)};
  options.pinned_relay = "bench";
  options.max_message = kMaxMessage;
  options.timeout = Millis(60'000);
  Opener opener{reactor, options, kConnectingAtOnce};
  opener.open_all();
  const auto before = take<Memory>(pipe.read);
  const auto start = std::chrono::steady_clock::now();
  opener.count += count;
  opener.open_all();
  const double seconds = seconds_since(start);
  const auto after = take<Memory>(pipe.read);
  const auto cpu = take<Cpu>(pipe.read);
  const auto per_link = [&](long a, long b) { return static_cast<double>(b - a) / static_cast<double>(count); };
  std::printf(
      "{\"bench\":\"idle_links\",\"links\":%zu,\"unit\":\"KiB a link\",\"rss\":%.2f,\"anonymous\":%.2f,\"heap_used\":%.2f,"
      "\"heap_free\":%.2f,\"base_rss_kib\":%ld,\"links_per_s\":%.0f,\"server_cpu_s\":%.2f}\n",
      count, per_link(before.rss_kib, after.rss_kib), per_link(before.anonymous_kib, after.anonymous_kib),
      per_link(before.heap_used_kib, after.heap_used_kib), per_link(before.heap_free_kib, after.heap_free_kib), before.rss_kib,
      static_cast<double>(count) / seconds, cpu.total());
  std::fflush(stdout);
  int status = 0;
  ::wait(&status);
  std::_Exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}
