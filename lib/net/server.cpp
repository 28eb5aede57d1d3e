#include "net/server.hpp"

#include "base/log.hpp"
#include "daemon/posix_error.hpp"
#include "describe/node.hpp"
#include "net/http_text.hpp"
#include "net/link_transport.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <unordered_set>

namespace rs::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

const Logger log("net");
constexpr Millis kAcceptPause{100}; // out of descriptors: existing connections go on meanwhile
constexpr int kBacklog = 1024;

HttpResponse error_response(unsigned status, const Error& error) {
  using describe::Node;
  Node::Object inner{{"code", std::string(name(error.code))}, {"message", error.message}};
  HttpResponse out;
  out.status = status;
  out.body = describe::write_json(Node::Object{{"error", Node(std::move(inner))}});
  return out;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

class HttpConnection;

// What connections share. `handler` is null once the server is gone; the lock keeps reactors reachable for replies
// from other threads.
struct Shared {
  std::vector<daemon::Reactor*> reactors;
  ServerOptions options;
  Server::Handler* handler = nullptr;
  std::shared_mutex alive_mutex;
  bool alive = true;
  std::mutex context_mutex;
  TlsContext context;
  std::vector<std::unordered_set<HttpConnection*>> connections; // a set a thread, used on that thread only

  TlsContext current_context() {
    std::lock_guard lock(context_mutex);
    return context;
  }
  void post(std::size_t thread, daemon::Reactor::Task task) {
    std::shared_lock lock(alive_mutex);
    if (alive) reactors[thread]->post(std::move(task));
  }
};

// One accepted connection until it has become a link.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(std::shared_ptr<Shared> shared, std::size_t thread, Socket socket)
      : shared_(std::move(shared)), thread_(thread), timer_(shared_->reactors[thread]->context(), [this] { close(); }) {
    tune_socket(socket);
    auto stream = std::make_unique<TlsStream>(std::move(socket), shared_->current_context());
    prepare_server(stream->native());
    http_ = make_http_stream(std::move(stream));
    shared_->connections[thread_].insert(this);
  }
  ~HttpConnection() { shared_->connections[thread_].erase(this); }

  void start() {
    timer_.after(shared_->options.handshake_timeout);
    http_->stream().async_handshake([self = shared_from_this()](error_code failed) {
      if (!failed) return self->read();
      log.debug("handshake-failed", {{"peer", self->http_->stream().peer_address()}, {"error", tls_error_text()}});
      self->close();
    });
  }

  void close() {
    timer_.cancel();
    if (http_) http_->stream().close();
    waiting_.reset();
  }

 private:
  void read() {
    if (shared_->handler == nullptr) return close();
    timer_.after(shared_->options.handshake_timeout);
    http_->read_request([self = shared_from_this()](auto incoming) {
      if (!incoming) return self->refuse(incoming.error());
      self->serve(std::move(*incoming));
    });
  }

  void refuse(const HttpStream::Refusal& refusal) {
    if (refusal.status == 0) return close();
    answer(error_response(refusal.status, refusal.error), false, false);
  }

  void serve(HttpStream::Incoming incoming) {
    timer_.cancel();
    auto* handler = shared_->handler;
    if (handler == nullptr) return close();
    const bool link = path_of(incoming.request.target) == kLinkPath;
    if (link && incoming.upgrade && incoming.request.method == "GET") return upgrade();
    if (link)
      return answer(error_response(426, fail(Errc::invalid, "a WebSocket upgrade belongs here")), incoming.keep_alive, false);
    const bool head = incoming.request.method == "HEAD";
    waiting_ = shared_from_this();
    auto once = std::make_shared<Reply>(shared_, thread_, weak_from_this(), incoming.keep_alive, head);
    handler->on_request(std::move(incoming.request), [once](HttpResponse response) { once->send(std::move(response)); });
  }

  // One answer, from any thread; a handler that forgets it leaves no client waiting.
  class Reply {
   public:
    Reply(std::shared_ptr<Shared> shared, std::size_t thread, std::weak_ptr<HttpConnection> connection, bool keep_alive,
          bool head)
        : shared_(std::move(shared)), thread_(thread), connection_(std::move(connection)), keep_alive_(keep_alive), head_(head) {}
    ~Reply() { send(error_response(500, fail(Errc::internal, "the request was not answered"))); }
    void send(HttpResponse response) {
      if (sent_.exchange(true)) return;
      shared_->post(thread_, [connection = connection_, response = std::move(response), keep = keep_alive_, head = head_] {
        if (const auto self = connection.lock()) self->answer(response, keep, head);
      });
    }

   private:
    std::shared_ptr<Shared> shared_;
    std::size_t thread_;
    std::weak_ptr<HttpConnection> connection_;
    bool keep_alive_, head_;
    std::atomic<bool> sent_ = false;
  };

  void answer(const HttpResponse& response, bool keep_alive, bool head) {
    const auto kept = std::exchange(waiting_, nullptr);
    timer_.after(shared_->options.handshake_timeout);
    http_->write(format_response(response, keep_alive, head), [self = shared_from_this(), keep_alive](bool ok) {
      if (ok && keep_alive) return self->read();
      self->http_->stream().shut_down();
      self->linger();
    });
  }

  // A close with unread bytes would be a reset, and the client might lose the answer.
  void linger() {
    http_->stream().async_read_some(asio::buffer(discarded_), [self = shared_from_this()](error_code failed, std::size_t) {
      if (failed) return self->close();
      self->linger();
    });
  }

  void upgrade() {
    timer_.after(shared_->options.handshake_timeout);
    http_->accept(shared_->options.max_message, [self = shared_from_this()](Result<std::shared_ptr<WebSocket>> socket) {
      self->timer_.cancel();
      auto* handler = self->shared_->handler;
      if (!socket || handler == nullptr) return;
      const KeepAlive keep_alive{self->shared_->options.ping_after, self->shared_->options.dead_after};
      handler->on_link(self->thread_, make_link_transport(std::move(*socket), keep_alive));
    });
    http_.reset();
  }

  std::shared_ptr<Shared> shared_;
  std::size_t thread_;
  WheelTimer timer_;
  std::shared_ptr<HttpStream> http_;        // none once it is a link
  std::shared_ptr<HttpConnection> waiting_; // this, while the handler works and nothing else holds it
  std::array<std::uint8_t, 1024> discarded_;
};

class TcpServer final : public Server {
 public:
  explicit TcpServer(std::shared_ptr<Shared> shared)
      : shared_(std::move(shared)), state_(std::make_shared<Accepting>(shared_->reactors[0]->context())) {}

  ~TcpServer() override {
    state_->close();
    shared_->handler = nullptr;
    for (const auto& connections : shared_->connections) {
      const auto open = connections; // closing may end one
      for (auto* connection : open)
        if (connections.contains(connection)) connection->close();
    }
    std::unique_lock lock(shared_->alive_mutex);
    shared_->alive = false;
  }

  Result<void> open(const ServerOptions& options) {
    error_code failed;
    const auto address = asio::ip::make_address(options.address, failed);
    if (failed) return fail(Errc::invalid, "'" + options.address + "' is no address to listen on");
    const tcp::endpoint endpoint(address, options.port);
    auto& acceptor = state_->acceptor;
    acceptor.open(endpoint.protocol(), failed);
    if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed) acceptor.bind(endpoint, failed);
    if (!failed) acceptor.listen(kBacklog, failed);
    if (failed)
      return daemon::posix_error("listening on " + options.address + ":" + std::to_string(options.port), failed.value());
    bound_address_ = bound_address_of(acceptor);
    accept(shared_, state_);
    return {};
  }

  std::string bound_address() const override { return bound_address_; }

  Result<void> replace_certificate(const std::string& certificate, const std::string& private_key) override {
    RS_TRY(TlsContext context, make_server_context(certificate, private_key, shared_->current_context()));
    std::lock_guard lock(shared_->context_mutex);
    shared_->context = std::move(context);
    return {};
  }

  // Acceptor and timer belong to the first reactor's thread.
  void stop_accepting() override {
    shared_->post(0, [weak = std::weak_ptr(state_)] {
      if (const auto state = weak.lock()) state->close();
    });
  }

 private:
  using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;
  struct Accepting {
    explicit Accepting(asio::io_context& context) : acceptor(context), pause(context, nullptr) {}
    void close() {
      pause.cancel();
      error_code ignored;
      acceptor.close(ignored);
    }
    Acceptor acceptor;
    WheelTimer pause;
    std::size_t next = 0;
  };

  static std::string bound_address_of(const Acceptor& acceptor) {
    error_code ignored;
    const auto endpoint = acceptor.local_endpoint(ignored);
    const std::string address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
  }

  static void accept(const std::shared_ptr<Shared>& shared, const std::shared_ptr<Accepting>& state) {
    const std::size_t thread = state->next++ % shared->reactors.size();
    auto socket = std::make_shared<Socket>(shared->reactors[thread]->context());
    state->acceptor.async_accept(*socket, [shared, state, socket, thread](error_code failed) {
      if (failed == asio::error::operation_aborted || !state->acceptor.is_open()) return;
      if (failed) return accept_later(shared, state, failed);
      shared->post(thread, [shared, socket, thread] {
        if (shared->handler) std::make_shared<HttpConnection>(shared, thread, std::move(*socket))->start();
      });
      accept(shared, state);
    });
  }

  static void accept_later(const std::shared_ptr<Shared>& shared, const std::shared_ptr<Accepting>& state,
                           const error_code& failed) {
    log.warning("accept-failed", {{"error", failed.message()}});
    state->pause.set([shared, weak = std::weak_ptr(state)] {
      if (const auto again = weak.lock()) accept(shared, again);
    });
    state->pause.after(kAcceptPause);
  }

  std::shared_ptr<Shared> shared_;
  std::shared_ptr<Accepting> state_;
  std::string bound_address_;
};

} // namespace

Result<std::unique_ptr<Server>> Server::listen(std::vector<daemon::Reactor*> reactors, ServerOptions options, Handler& handler) {
  RS_ASSERT(!reactors.empty() && options.max_message > 0);
  auto shared = std::make_shared<Shared>();
  RS_TRY(shared->context, make_server_context(options.certificate, options.private_key, nullptr));
  shared->connections.resize(reactors.size());
  shared->reactors = std::move(reactors);
  shared->options = std::move(options);
  shared->handler = &handler;
  auto server = std::make_unique<TcpServer>(shared);
  RS_CHECK(server->open(shared->options));
  return std::unique_ptr<Server>(std::move(server));
}

} // namespace rs::net
