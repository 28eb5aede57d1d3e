#include "net_fixture.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace rs::net {
namespace {

struct Http : NetFixture {
  HttpRequest post(std::string body) {
    HttpRequest out;
    out.method = "POST";
    out.target = "/v1/echo?x=1";
    out.body = std::move(body);
    return out;
  }
};

TEST_F(Http, AnswersSeveralRequestsOnOneConnection) {
  auto client = connect(connect_options()).value();
  for (const std::string body : {"one", "two", ""}) {
    const auto response = request(*client, post(body));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200u);
    EXPECT_EQ(response->body, body);
  }
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].target, "/v1/echo?x=1");
  EXPECT_EQ(requests[0].peer_address, "127.0.0.1");
  EXPECT_EQ(requests[0].header("HOST"), server->bound_address());
}

TEST_F(Http, UpgradesAfterARequest) {
  auto client = connect(connect_options()).value();
  ASSERT_TRUE(request(*client, post("first")));
  Peer peer;
  peer.adopt(upgrade(*client).value());
  client.reset();
  peer.send(filled(100, 7));
  peer.await(reactor, 1);
  EXPECT_FALSE(peer.closed);
}

TEST_F(Http, BodyAtTheLimitPassesAndALargerOneIs413) {
  auto client = connect(connect_options()).value();
  EXPECT_EQ(request(*client, post(std::string(kMaxHttpBody, 'x')))->body.size(), kMaxHttpBody);
  const auto refused = request(*client, post(std::string(kMaxHttpBody + 1, 'x')));
  ASSERT_TRUE(refused) << refused.error().message;
  EXPECT_EQ(refused->status, 413u);
  EXPECT_NE(refused->body.find("\"code\":\"limit\""), std::string::npos) << refused->body;
}

TEST_F(Http, TooLargeAHeaderIs431) {
  auto client = connect(connect_options()).value();
  auto large = post("");
  large.headers.emplace_back("X-Large", std::string(kMaxHttpHeader, 'x'));
  const auto refused = request(*client, large);
  ASSERT_TRUE(refused) << refused.error().message;
  EXPECT_EQ(refused->status, 431u);
  EXPECT_TRUE(requests.empty());
}

TEST_F(Http, GarbageIs400AndEndsTheConnection) {
  for (const auto& method : {std::string("\x01\x02"), std::string("GET / HTTP/9.9\r\n"), std::string("\xff")}) {
    auto client = connect(connect_options()).value();
    auto garbage = post("");
    garbage.method = method;
    const auto refused = request(*client, garbage);
    ASSERT_TRUE(refused) << refused.error().message;
    EXPECT_EQ(refused->status, 400u);
    EXPECT_EQ(request(*client, post("")).error().code, Errc::connection_lost);
  }
  EXPECT_TRUE(requests.empty());
}

TEST_F(Http, APlainRequestAtTheLinksPathIs426) {
  auto client = connect(connect_options()).value();
  HttpRequest plain;
  plain.target = kLinkPath;
  EXPECT_EQ(request(*client, plain)->status, 426u);
}

struct SilentHandler : Http {
  void on_request(HttpRequest, std::function<void(HttpResponse)> reply) override { kept = std::move(reply); }
  std::function<void(HttpResponse)> kept;
};

TEST_F(SilentHandler, AReplyMayComeFromAnotherThread) {
  auto client = connect(connect_options()).value();
  daemon::Reactor::Timer timer(reactor);
  std::thread thread;
  std::function<void()> look = [&] {
    if (!kept) return timer.after(Millis(1), look);
    thread = std::thread([this] {
      HttpResponse response;
      response.status = 202;
      kept(std::move(response));
    });
  };
  look();
  EXPECT_EQ(request(*client, post("x"))->status, 202u);
  thread.join();
}

TEST_F(SilentHandler, AForgottenReplyIs500) {
  auto client = connect(connect_options()).value();
  daemon::Reactor::Timer timer(reactor);
  std::function<void()> look = [&] {
    if (!kept) return timer.after(Millis(1), look);
    kept = nullptr;
  };
  look();
  EXPECT_EQ(request(*client, post("x"))->status, 500u);
}

TEST_F(SilentHandler, AReplyAfterTheServerWentIsDropped) {
  auto client = connect(connect_options()).value();
  client->request(post("x"), [](auto) {});
  bool got = false;
  daemon::Reactor::Timer timer(reactor);
  std::function<void()> look = [&] {
    got = kept != nullptr;
    if (!got) timer.after(Millis(1), look);
  };
  look();
  reactor.run_until(got);
  server.reset();
  kept(HttpResponse{});
}

TEST_F(SilentHandler, ARequestTimesOut) {
  auto with = connect_options();
  with.request_timeout = Millis(50);
  auto client = connect(with).value();
  EXPECT_EQ(request(*client, post("x")).error().code, Errc::timeout);
  EXPECT_EQ(request(*client, post("x")).error().code, Errc::connection_lost);
}

// A plain TCP connection to the server.
struct RawSocket {
  explicit RawSocket(std::uint16_t port) : descriptor(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~RawSocket() { ::close(descriptor); }
  // Runs the reactor until the server ended the connection.
  void await_end(daemon::Reactor& reactor) {
    bool ended = false;
    daemon::Reactor::Timer timer(reactor);
    std::function<void()> look = [&] {
      char buffer[256];
      const auto got = ::recv(descriptor, buffer, sizeof buffer, MSG_DONTWAIT);
      ended = got == 0 || (got < 0 && errno != EAGAIN);
      if (!ended) timer.after(Millis(1), look);
    };
    look();
    reactor.run_until(ended);
  }
  int descriptor;
};

TEST_F(Http, BytesThatAreNoTlsEndTheConnection) {
  RawSocket raw(url().port);
  const std::string garbage = "GET / HTTP/1.1\r\n\r\n";
  ASSERT_EQ(::send(raw.descriptor, garbage.data(), garbage.size(), 0), static_cast<ssize_t>(garbage.size()));
  raw.await_end(reactor);
  EXPECT_TRUE(connect(connect_options()));
}

TEST_F(Http, AConnectionThatSaysNothingIsEnded) {
  options.handshake_timeout = Millis(50);
  RawSocket raw(url().port);
  raw.await_end(reactor);
}

TEST_F(Http, AnIdleKeepAliveConnectionIsEnded) {
  options.handshake_timeout = Millis(50);
  auto client = connect(connect_options()).value();
  ASSERT_TRUE(request(*client, post("x")));
  bool passed = false;
  daemon::Reactor::Timer timer(reactor);
  timer.after(Millis(200), [&] { passed = true; });
  reactor.run_until(passed);
  EXPECT_EQ(request(*client, post("x")).error().code, Errc::connection_lost);
}

TEST_F(Http, SeveralReactorsShareTheConnections) {
  daemon::Reactor second;
  server = Server::listen({&reactor, &second}, options, *this).value();
  std::thread thread([&] {
    daemon::Reactor::Timer forever(second);
    forever.after(Millis(60'000), [] {});
    second.run();
  });
  auto a = connect(connect_options()).value();
  auto b = connect(connect_options()).value();
  EXPECT_EQ(request(*a, post("a"))->body, "a");
  EXPECT_EQ(request(*b, post("b"))->body, "b");
  second.stop();
  thread.join();
  server.reset();
}

TEST_F(Http, APortInUseIsAConflict) {
  listen();
  options.port = url().port;
  EXPECT_EQ(Server::listen({&reactor}, options, *this).error().code, Errc::conflict);
}

TEST_F(Http, NobodyThereIsRelayUnreachable) {
  auto with = connect_options();
  server.reset();
  const auto refused = connect(with);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::relay_unreachable);
  EXPECT_NE(refused.error().message.find("connecting to 127.0.0.1"), std::string::npos) << refused.error().message;
}

} // namespace
} // namespace rs::net
