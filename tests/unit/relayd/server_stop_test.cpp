#include "net/server.hpp"

#include "papers.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rs::relay::test {
namespace {

struct Nobody final : net::Server::Handler {
  void on_request(net::HttpRequest, std::function<void(net::HttpResponse)>) override {}
  void on_link(std::size_t, std::unique_ptr<net::Transport>) override {}
};

bool can_connect(const std::string& address) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  ::close(descriptor);
  return connected;
}

// The caller's is not the acceptor's thread: until that one runs nothing has changed.
TEST(ServerStop, IsDoneByTheAcceptorsThread) {
  daemon::Reactor reactor;
  Nobody nobody;
  const auto tls = net::make_self_signed({"127.0.0.1"}, kNow).value();
  const auto server = net::Server::listen(
      {&reactor}, {.address = "127.0.0.1", .certificate = tls.certificate, .private_key = tls.private_key, .max_message = 1},
      nobody);
  const auto address = server.value()->bound_address();
  server.value()->stop_accepting();
  EXPECT_TRUE(can_connect(address));
  bool done = false;
  reactor.post([&] { done = true; });
  reactor.run_until(done);
  EXPECT_FALSE(can_connect(address));
  EXPECT_EQ(server.value()->bound_address(), address);
}

} // namespace
} // namespace rs::relay::test
