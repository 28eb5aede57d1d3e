#pragma once

#include "daemon/reactor.hpp"
#include "daemon/system_clock.hpp"
#include "net/client.hpp"
#include "net/server.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <optional>

namespace rs::net {

inline constexpr std::size_t kTestMaxMessage = (256 << 10) + 64;
inline constexpr std::string_view kTestPin = "pinned";

inline Buffer filled(std::size_t bytes, std::uint8_t seed) {
  Buffer out(bytes);
  out.resize(bytes);
  for (std::size_t i = 0; i < bytes; ++i) out.data()[i] = static_cast<std::uint8_t>(seed + i * 31);
  return out;
}

// A link's owner that keeps what it receives and sends what is queued.
struct Peer : Transport::Owner {
  virtual ~Peer() = default;
  void adopt(std::unique_ptr<Transport> link) {
    transport = std::move(link);
    transport->start(*this);
  }
  void send(Buffer message) {
    queue.push_back(std::move(message));
    transport->wake();
  }
  void on_message(Buffer message) override {
    ++count;
    if (echo) return send(std::move(message));
    received.push_back(std::move(message));
    changed();
  }
  std::optional<Buffer> next_message() override {
    if (queue.empty()) return std::nullopt;
    Buffer out = std::move(queue.front());
    queue.pop_front();
    return out;
  }
  void on_closed(const Error& why) override {
    closed = why;
    changed();
  }
  void changed() { reached = closed.has_value() || count >= wanted; }
  // Runs the reactor until `n` messages came, or the link is closed.
  void await(daemon::Reactor& reactor, std::size_t n) {
    wanted = n;
    changed();
    reactor.run_until(reached);
  }

  std::unique_ptr<Transport> transport;
  std::deque<Buffer> queue;
  std::vector<Buffer> received;
  std::optional<Error> closed;
  std::size_t count = 0, wanted = 0;
  bool echo = false, reached = false;
};

// A server and its clients on one reactor. Every link that comes in is an echo.
struct NetFixture : testing::Test, Server::Handler {
  NetFixture() : identity(make_self_signed({"localhost", "127.0.0.1"}, daemon::SystemClock().wall()).value()) {
    options.address = "127.0.0.1";
    options.certificate = identity.certificate;
    options.private_key = identity.private_key;
    options.max_message = kTestMaxMessage;
  }
  void listen() { server = Server::listen({&reactor}, options, *this).value(); }
  Url url() {
    if (!server) listen();
    return parse_url("https://" + server->bound_address()).value();
  }
  ConnectOptions connect_options() {
    ConnectOptions out;
    out.url = url();
    out.pinned_relay = kTestPin;
    out.max_message = kTestMaxMessage;
    return out;
  }

  void on_request(HttpRequest request, std::function<void(HttpResponse)> reply) override {
    requests.push_back(request);
    HttpResponse response;
    response.body = request.body;
    reply(std::move(response));
  }
  void on_link(std::size_t, std::unique_ptr<Transport> transport) override {
    links.push_back(std::make_unique<Peer>());
    links.back()->echo = true;
    links.back()->adopt(std::move(transport));
  }

  Result<std::unique_ptr<Client>> connect(ConnectOptions with) {
    std::optional<Result<std::unique_ptr<Client>>> out;
    bool done = false;
    Client::connect(reactor, std::move(with), [&](auto result) {
      out = std::move(result);
      done = true;
    });
    reactor.run_until(done);
    return std::move(*out);
  }
  Result<HttpResponse> request(Client& client, HttpRequest what) {
    std::optional<Result<HttpResponse>> out;
    bool done = false;
    client.request(std::move(what), [&](auto result) {
      out = std::move(result);
      done = true;
    });
    reactor.run_until(done);
    return std::move(*out);
  }
  Result<std::unique_ptr<Transport>> upgrade(Client& client) {
    std::optional<Result<std::unique_ptr<Transport>>> out;
    bool done = false;
    client.upgrade([&](auto result) {
      out = std::move(result);
      done = true;
    });
    reactor.run_until(done);
    return std::move(*out);
  }
  std::unique_ptr<Transport> open_link(ConnectOptions with) {
    auto client = connect(std::move(with)).value();
    return upgrade(*client).value();
  }
  std::unique_ptr<Transport> open_link() { return open_link(connect_options()); }

  daemon::Reactor reactor;
  SelfSigned identity;
  ServerOptions options;
  std::vector<HttpRequest> requests;
  std::vector<std::unique_ptr<Peer>> links;
  std::unique_ptr<Server> server;
};

} // namespace rs::net
