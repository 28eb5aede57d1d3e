#include "daemon/control_socket.hpp"

#include "daemon/descriptor.hpp"
#include "daemon/files.hpp"
#include "daemon/posix_error.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <optional>

namespace rs::daemon {
namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;
using boost::system::error_code;

constexpr Millis kRequestWithin{10'000};
constexpr Millis kAcceptPause{100};                                               // where the system gives no descriptor
constexpr std::size_t kMaxOfOthers = kMaxConversations - kMaxConversationsOfUser; // the rest is kept for root

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un out{};
  out.sun_family = AF_UNIX;
  if (path.size() >= sizeof out.sun_path)
    return fail(Errc::usage,
                "the socket's path " + path + " is longer than " + std::to_string(sizeof out.sun_path - 1) + " bytes");
  std::memcpy(out.sun_path, path.data(), path.size());
  return out;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

Result<Descriptor> connect_to(const std::string& path) {
  RS_TRY(const sockaddr_un address, address_of(path));
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return posix_error("socket", errno);
  if (::connect(socket.get(), generic(address), sizeof address) == 0) return socket;
  if (errno == ECONNREFUSED) return fail(Errc::not_found, "nobody listens on " + path);
  return posix_error("connecting to " + path, errno);
}

// Under a lock, so that of two daemons that start at once only one finds the path free.
Result<Descriptor> bind_to(const std::string& path, mode_t mode) {
  RS_TRY(const sockaddr_un address, address_of(path));
  RS_TRY(const FileLock lock, FileLock::acquire(path + ".lock"));
  if (connect_to(path)) return fail(Errc::conflict, "another process listens on " + path);
  struct stat found{};
  if (::lstat(path.c_str(), &found) == 0) {
    if (!S_ISSOCK(found.st_mode)) return fail(Errc::conflict, path + " is in the way: it is no socket");
    ::unlink(path.c_str());
  }
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket || ::bind(socket.get(), generic(address), sizeof address) != 0) return posix_error("binding " + path, errno);
  if (::chmod(path.c_str(), mode) != 0 || ::listen(socket.get(), SOMAXCONN) != 0)
    return posix_error("listening on " + path, errno);
  return socket;
}

PeerCredentials credentials_of(int socket) {
  ucred found{};
  socklen_t size = sizeof found;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0) return {static_cast<uid_t>(-1), 0};
  return {found.uid, found.pid};
}

describe::Node error_node(const Error& error) {
  using describe::Node;
  return Node::Object{{"error", Node::Object{{"code", std::string(name(error.code))}, {"message", error.message}}}};
}

// How many conversations are open, in all and by user.
class Seats {
 public:
  // Taken until it is destroyed.
  class Seat {
   public:
    Seat(std::shared_ptr<Seats> seats, uid_t uid) : seats_(std::move(seats)), uid_(uid) { seats_->change(uid_, 1); }
    ~Seat() { seats_->change(uid_, -1); }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

   private:
    std::shared_ptr<Seats> seats_;
    uid_t uid_;
  };

  bool has_room_for(uid_t uid) const {
    const auto own = taken_.find(uid);
    if (own != taken_.end() && own->second >= static_cast<int>(kMaxConversationsOfUser)) return false;
    return uid == 0 || of_others_ < static_cast<int>(kMaxOfOthers);
  }

 private:
  void change(uid_t uid, int by) {
    if (uid != 0) of_others_ += by;
    if ((taken_[uid] += by) == 0) taken_.erase(uid);
  }

  std::map<uid_t, int> taken_;
  int of_others_ = 0;
};

// One connection: a line in, a line out.
class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(Reactor& reactor, Protocol::socket socket, std::shared_ptr<const ControlServer::Handler> handler)
      : socket_(std::move(socket)), peer_(credentials_of(socket_.native_handle())), handler_(std::move(handler)),
        timer_(reactor) {}

  void start(const std::shared_ptr<Seats>& seats) {
    if (!seats->has_room_for(peer_.uid)) return refuse();
    seat_.emplace(seats, peer_.uid);
    timer_.after(kRequestWithin, [this] { close(); });
    asio::async_read_until(socket_, asio::dynamic_buffer(text_, kMaxControlLine), '\n',
                           [self = shared_from_this()](error_code failed, std::size_t bytes) {
      self->timer_.cancel();
      if (failed == asio::error::not_found)
        return self->answer(error_node(fail(Errc::limit, "the request is longer than 1 MiB")));
      if (!failed) self->serve(std::string_view(self->text_).substr(0, bytes - 1));
    });
  }

 private:
  // In one go: it takes no time and no seat.
  void refuse() {
    const auto text = describe::write_json(error_node(fail(Errc::limit, "too many requests at once"))) + "\n";
    ::send(socket_.native_handle(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    close();
  }

  void serve(std::string_view line) {
    auto request = describe::parse_json(line);
    if (!request) return answer(error_node(request.error()));
    (*handler_)(std::move(*request), peer_, [self = shared_from_this()](const describe::Node& reply) { self->answer(reply); });
  }

  void answer(const describe::Node& reply) {
    if (std::exchange(answered_, true)) return;
    text_ = describe::write_json(reply) + "\n";
    timer_.after(kRequestWithin, [this] { close(); });
    asio::async_write(socket_, asio::buffer(text_), [self = shared_from_this()](error_code, std::size_t) { self->close(); });
  }

  void close() {
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
    seat_.reset();
  }

  Protocol::socket socket_;
  const PeerCredentials peer_;
  std::shared_ptr<const ControlServer::Handler> handler_;
  Reactor::Timer timer_;
  std::optional<Seats::Seat> seat_;
  std::string text_;
  bool answered_ = false;
};

class UnixControlServer final : public ControlServer {
 public:
  UnixControlServer(Reactor& reactor, std::string path, Descriptor socket, Handler handler)
      : reactor_(reactor), path_(std::move(path)), handler_(std::make_shared<const Handler>(std::move(handler))),
        acceptor_(reactor.context(), Protocol(), socket.release()), pause_(reactor) {
    accept();
  }
  ~UnixControlServer() override { ::unlink(path_.c_str()); }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code failed, Protocol::socket socket) {
      if (failed == asio::error::operation_aborted) return;
      if (failed) return pause_.after(kAcceptPause, [this] { accept(); });
      std::make_shared<Conversation>(reactor_, std::move(socket), handler_)->start(seats_);
      accept();
    });
  }

  Reactor& reactor_;
  std::string path_;
  std::shared_ptr<const Handler> handler_;
  std::shared_ptr<Seats> seats_ = std::make_shared<Seats>();
  Protocol::acceptor acceptor_;
  Reactor::Timer pause_;
};

// The caller's side, blocking with one deadline over all.
class Call {
 public:
  Call(int socket, Millis timeout) : socket_(socket), deadline_(std::chrono::steady_clock::now() + timeout), timeout_(timeout) {}

  Result<void> send(std::string_view text) {
    while (!text.empty()) {
      RS_CHECK(wait(POLLOUT));
      const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return fail(Errc::connection_lost, "the daemon ended the connection");
      if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
  }

  Result<std::string> receive_line() {
    std::string out;
    std::array<char, 4096> chunk;
    for (;;) {
      RS_CHECK(wait(POLLIN));
      const auto got = ::recv(socket_, chunk.data(), chunk.size(), MSG_DONTWAIT);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got <= 0) return fail(Errc::connection_lost, "the daemon ended the connection without an answer");
      out.append(chunk.data(), static_cast<std::size_t>(got));
      if (out.back() == '\n') return out.substr(0, out.size() - 1);
    }
  }

 private:
  Result<void> wait(short events) {
    for (;;) {
      const auto left = std::chrono::ceil<Millis>(deadline_ - std::chrono::steady_clock::now());
      if (left <= Millis(0)) return fail(Errc::timeout, "the daemon did not answer within " + format_duration(timeout_));
      pollfd descriptor{socket_, events, 0};
      if (::poll(&descriptor, 1, static_cast<int>(left.count())) > 0) return {};
    }
  }

  int socket_;
  std::chrono::steady_clock::time_point deadline_;
  Millis timeout_;
};

} // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::listen(Reactor& reactor, const std::string& path, mode_t mode,
                                                             Handler handler) {
  RS_TRY(Descriptor socket, bind_to(path, mode));
  return std::unique_ptr<ControlServer>(
      std::make_unique<UnixControlServer>(reactor, path, std::move(socket), std::move(handler)));
}

Result<describe::Node> control_call(const std::string& path, const describe::Node& request, Millis timeout) {
  const std::string line = describe::write_json(request) + "\n";
  if (line.size() > kMaxControlLine) return fail(Errc::limit, "the request is longer than 1 MiB");
  RS_TRY(const Descriptor socket, connect_to(path));
  Call call(socket.get(), timeout);
  const auto sent = call.send(line);
  const auto answer = call.receive_line(); // a daemon that refuses does so without reading
  if (!answer) return sent ? answer.error() : sent.error();
  return describe::parse_json(*answer);
}

} // namespace rs::daemon
