#include "daemon/control_socket.hpp"

#include "scratch_directory.hpp"

#include <boost/asio/io_context.hpp>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <thread>

namespace rs::daemon {
namespace {

using describe::Node;

// A server on this thread; calls run on another, as another process would.
struct ControlSocket : testing::Test {
  ControlSocket() : path(directory / "socket") {}

  std::unique_ptr<ControlServer> listen() {
    return ControlServer::listen(reactor, path, 0600, [this](Node request, PeerCredentials from, ControlServer::Reply reply) {
      peer = from;
      if (answering) reply(Node::Object{{"got", std::move(request)}});
      else kept = reply;
    }).value();
  }
  // A connection that has not been accepted yet.
  int connect_raw() const {
    const int raw = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(::connect(raw, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return raw;
  }
  template <class Work>
  void beside(Work work) {
    bool done = false;
    std::thread thread([&] {
      work();
      reactor.post([&] { done = true; });
    });
    Reactor::Timer guard(reactor); // something to wait for when the socket has nothing
    guard.after(Millis(60'000), [] {});
    reactor.run_until(done);
    thread.join();
  }
  Result<Node> call(const Node& request, Millis timeout = Millis(10'000)) {
    std::optional<Result<Node>> out;
    beside([&] { out = control_call(path, request, timeout); });
    return std::move(*out);
  }

  const ScratchDirectory directory;
  const std::string path;
  Reactor reactor;
  PeerCredentials peer;
  ControlServer::Reply kept;
  bool answering = true;
};

TEST_F(ControlSocket, CarriesOneRequestAndOneAnswerWithTheCallersIdentity) {
  const auto server = listen();
  const auto answer = call(Node::Object{{"verb", "status"}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer->find("got")->find("verb"), Node("status"));
  EXPECT_EQ(peer.uid, ::getuid());
  EXPECT_EQ(peer.pid, ::getpid());
}

TEST_F(ControlSocket, LargeAnswersArriveWhole) {
  const auto server = listen();
  const std::string text(500'000, 'x');
  EXPECT_EQ(*call(Node::Object{{"text", text}})->find("got")->find("text"), Node(text));
}

TEST_F(ControlSocket, ATooLongRequestIsRefusedBeforeItIsSent) {
  const auto server = listen();
  EXPECT_EQ(call(Node(std::string(kMaxControlLine, 'x'))).error().code, Errc::limit);
}

TEST_F(ControlSocket, GarbageIsAnsweredWithInvalid) {
  const auto server = listen();
  std::string answer;
  beside([&] {
    const int raw = connect_raw();
    ASSERT_EQ(::send(raw, "{]\n", 3, 0), 3);
    char buffer[500];
    answer.assign(buffer, static_cast<std::size_t>(std::max<ssize_t>(0, ::recv(raw, buffer, sizeof buffer, 0))));
    ::close(raw);
  });
  EXPECT_TRUE(answer.starts_with("{\"error\":{\"code\":\"invalid\"")) << answer;
}

TEST_F(ControlSocket, ADaemonThatDoesNotAnswerTimesOut) {
  answering = false;
  const auto server = listen();
  EXPECT_EQ(call(Node("x"), Millis(50)).error().code, Errc::timeout);
  kept = nullptr;
}

TEST_F(ControlSocket, AUsersIdleConnectionsAreBoundedAndMakeRoomWhenTheyGo) {
  const auto server = listen();
  std::vector<int> idle;
  for (std::size_t i = 0; i < kMaxConversationsOfUser; ++i) idle.push_back(connect_raw());
  const auto refused = call(Node("x"));
  ASSERT_TRUE(refused) << refused.error().message;
  EXPECT_EQ(*refused->find("error")->find("code"), Node("limit"));
  ::close(idle.back());
  reactor.context().run_for(Millis(20)); // its end is seen
  EXPECT_EQ(*call(Node("x"))->find("got"), Node("x"));
  idle.pop_back();
  for (const int raw : idle) ::close(raw);
}

TEST_F(ControlSocket, WaitsWhereTheSystemGivesNoDescriptor) {
  const auto server = listen();
  const int raw = connect_raw();
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  const auto handled = reactor.context().run_for(Millis(250));
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_LE(handled, 8u) << "tries at most every 100 ms";
  EXPECT_TRUE(call(Node("x")));
  ::close(raw);
}

TEST_F(ControlSocket, NobodyThereIsNotFound) {
  EXPECT_EQ(control_call(path, Node("x"), Millis(50)).error().code, Errc::not_found);
}

TEST_F(ControlSocket, AStaleSocketIsReplacedButALiveOneIsNot) {
  const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  ASSERT_EQ(::bind(stale, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(stale);
  EXPECT_EQ(control_call(path, Node("x"), Millis(50)).error().code, Errc::not_found);
  const auto server = listen();
  EXPECT_EQ(ControlServer::listen(reactor, path, 0600, nullptr).error().code, Errc::conflict);
  EXPECT_TRUE(call(Node("x")));
}

TEST_F(ControlSocket, AFileInTheWayIsLeftAlone) {
  std::ofstream(path) << "precious";
  EXPECT_EQ(ControlServer::listen(reactor, path, 0600, nullptr).error().code, Errc::conflict);
  EXPECT_TRUE(std::filesystem::is_regular_file(path));
}

TEST_F(ControlSocket, HasItsModeAndGoesWithTheServer) {
  auto server = listen();
  struct stat found{};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600u);
  server.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ControlSocket, ATooLongPathIsAUsageError) {
  const auto refused = ControlServer::listen(reactor, directory / std::string(120, 'x'), 0600, nullptr);
  EXPECT_EQ(refused.error().code, Errc::usage);
}

} // namespace
} // namespace rs::daemon
