#include "net_fixture.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace rs::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Takes one CONNECT, answers `answer`, and passes bytes on both ways.
struct TinyProxy {
  explicit TinyProxy(asio::io_context& context)
      : acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), client(context), target(context) {
    acceptor.async_accept(client, [this](error_code failed) {
      if (!failed) read_request();
    });
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()); }

  void read_request() {
    asio::async_read_until(client, asio::dynamic_buffer(request), "\r\n\r\n", [this](error_code failed, std::size_t) {
      if (failed || answer.empty()) return;
      error_code ignored;
      const auto colon = request.find(':');
      const auto port = static_cast<std::uint16_t>(std::stoi(request.substr(colon + 1)));
      target.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port), ignored);
      asio::write(client, asio::buffer(answer), ignored);
      pass(client, target, there);
      pass(target, client, back);
    });
  }
  static void pass(tcp::socket& from, tcp::socket& to, std::array<char, 4096>& buffer) {
    from.async_read_some(asio::buffer(buffer), [&](error_code failed, std::size_t bytes) {
      error_code ignored;
      if (failed) return to.close(ignored), void();
      asio::write(to, asio::buffer(buffer, bytes), ignored);
      pass(from, to, buffer);
    });
  }

  tcp::acceptor acceptor;
  tcp::socket client, target;
  std::string request, answer = "HTTP/1.1 200 Connection established\r\nVia: tiny\r\n\r\n";
  std::array<char, 4096> there, back;
};

struct ProxyTest : NetFixture {
  ProxyTest() : proxy(reactor.context()) {}
  ConnectOptions through(const std::string& credentials) {
    auto out = connect_options();
    out.proxy = "http://" + credentials + proxy.address();
    return out;
  }
  TinyProxy proxy;
};

TEST_F(ProxyTest, LinkRunsThroughConnect) {
  Peer peer;
  peer.adopt(open_link(through("")));
  peer.send(filled(100'000, 3));
  peer.await(reactor, 1);
  EXPECT_FALSE(peer.closed);
  EXPECT_TRUE(proxy.request.starts_with("CONNECT " + server->bound_address() + " HTTP/1.1\r\nHost: ")) << proxy.request;
  EXPECT_EQ(proxy.request.find("Authorization"), std::string::npos);
}

TEST_F(ProxyTest, SendsUserAndPassword) {
  ASSERT_TRUE(connect(through("ann:p%40ss@")));
  EXPECT_NE(proxy.request.find("Proxy-Authorization: Basic " + base64(as_bytes("ann:p@ss"))), std::string::npos) << proxy.request;
}

TEST_F(ProxyTest, ARefusalIsNamed) {
  proxy.answer = "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
  const auto refused = connect(through(""));
  EXPECT_EQ(refused.error().code, Errc::relay_unreachable);
  EXPECT_NE(refused.error().message.find("407"), std::string::npos) << refused.error().message;
}

TEST_F(ProxyTest, AProxyThatDoesNotAnswerTimesOut) {
  proxy.answer = "";
  auto with = through("");
  with.timeout = Millis(60);
  const auto refused = connect(with);
  EXPECT_EQ(refused.error().code, Errc::relay_unreachable);
  EXPECT_NE(refused.error().message.find("60ms"), std::string::npos) << refused.error().message;
}

TEST_F(ProxyTest, ABadProxyUrlIsInvalid) {
  auto with = connect_options();
  with.proxy = "socks5://127.0.0.1:1";
  EXPECT_EQ(connect(with).error().code, Errc::invalid);
}

} // namespace
} // namespace rs::net
