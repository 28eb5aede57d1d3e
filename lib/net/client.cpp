#include "net/client.hpp"

#include "base/os_string.hpp"
#include "net/http_text.hpp"
#include "net/link_transport.hpp"
#include "net/server.hpp"
#include "net/url.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace rs::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t kMaxProxyAnswer = 8 << 10;

class TlsClient final : public Client {
 public:
  TlsClient(ConnectOptions options, std::unique_ptr<TicketSink> tickets, ServerIdentity identity,
            std::unique_ptr<TlsStream> stream)
      : state_(std::make_shared<State>(std::move(options), std::move(tickets), std::move(identity), std::move(stream))) {}
  ~TlsClient() override { state_->close(); }

  const ServerIdentity& identity() const override { return state_->identity; }

  void request(HttpRequest request, OnResponse done) override {
    if (!state_->begin()) return state_->refuse(done);
    const std::string text = format_request(request, state_->options.url.authority());
    state_->http->write(text, [state = state_, done = std::move(done)](bool ok) mutable {
      if (!ok) return state->finish(done, Result<HttpResponse>(fail(Errc::connection_lost, "writing a request")));
      state->http->read_answer([state, done = std::move(done)](Result<HttpStream::Answer> answer) {
        if (!answer) return state->finish(done, Result<HttpResponse>(answer.error()));
        if (!answer->keep_alive) state->lost = true;
        state->finish(done, Result<HttpResponse>(std::move(answer->response)));
      });
    });
  }

  void upgrade(OnLink done) override {
    if (!state_->begin()) return state_->refuse(done);
    const auto& options = state_->options;
    RS_ASSERT(options.max_message > 0);
    state_->http->upgrade(options.url.authority(), std::string(kLinkPath), options.max_message,
                          [state = state_, done = std::move(done)](Result<std::shared_ptr<WebSocket>> socket) {
      state->lost = true;
      if (!socket) return state->finish(done, Result<std::unique_ptr<Transport>>(socket.error()));
      auto link = make_link_transport(std::move(*socket), {state->options.ping_after, state->options.dead_after});
      if (!state->closed) state->tls = nullptr; // the link's from now on
      state->finish(done, Result<std::unique_ptr<Transport>>(std::move(link)));
    });
  }

 private:
  struct State {
    State(ConnectOptions opened, std::unique_ptr<TicketSink> sink, ServerIdentity server, std::unique_ptr<TlsStream> stream)
        : options(std::move(opened)), identity(std::move(server)), context(stream->get_executor().context()), tls(stream.get()),
          timer(context, [this] { on_timeout(); }) {
      stream->keep(std::move(sink));
      http = make_http_stream(std::move(stream));
    }
    bool begin() {
      if (lost) return false;
      timer.after(options.request_timeout);
      return true;
    }
    template <class Done>
    void refuse(Done& done) {
      asio::post(context, [done = std::move(done)] { done(fail(Errc::connection_lost, "the connection is gone")); });
    }
    template <class Done, class Out>
    void finish(Done& done, Out out) {
      timer.cancel();
      if (closed) return;
      if (!out) lost = true;
      if (!out && timed_out)
        return done(fail(Errc::timeout,
                         "no answer from " + options.url.authority() + " within " + format_duration(options.request_timeout)));
      done(std::move(out));
    }
    void on_timeout() {
      timed_out = true;
      if (tls != nullptr) tls->close();
    }
    void close() {
      closed = true;
      timer.cancel();
      if (tls != nullptr) tls->close();
    }

    ConnectOptions options;
    ServerIdentity identity;
    asio::io_context& context;
    std::shared_ptr<HttpStream> http;
    TlsStream* tls; // null once it belongs to a link
    WheelTimer timer;
    bool lost = false, timed_out = false, closed = false;
  };
  std::shared_ptr<State> state_;
};

// From a URL to a TlsClient: resolve, connect, the proxy's CONNECT, TLS. Kept alive by what it waits for.
class Connecting : public std::enable_shared_from_this<Connecting> {
 public:
  Connecting(daemon::Reactor& reactor, ConnectOptions options, Client::OnConnected done)
      : context_(reactor.context()), options_(std::move(options)), done_(std::move(done)), resolver_(context_), socket_(context_),
        timer_(context_, [this] { on_timeout(); }) {}

  void start() {
    timer_.after(options_.timeout);
    if (options_.proxy) {
      auto proxy = parse_proxy(*options_.proxy);
      if (!proxy) return fail_later(proxy.error());
      proxy_ = std::move(*proxy);
    }
    auto made = make_client_context(check_chain(), options_.ca_file);
    if (!made) return fail_later(made.error());
    tls_context_ = std::move(*made);
    resolve(proxy_ ? proxy_->host : options_.url.host, proxy_ ? proxy_->port : options_.url.port);
  }

 private:
  bool check_chain() const { return options_.pinned_relay.empty(); }

  // Addresses and localhost need no resolver, which would start a thread.
  void resolve(const std::string& host, std::uint16_t port) {
    step_ = "resolving " + host;
    error_code no_address;
    const auto address = asio::ip::make_address(host, no_address);
    if (!no_address) {
      endpoints_ = {tcp::endpoint(address, port)};
    } else if (host == "localhost") {
      endpoints_ = {tcp::endpoint(asio::ip::address_v4::loopback(), port), tcp::endpoint(asio::ip::address_v6::loopback(), port)};
    } else {
      return resolver_.async_resolve(host, std::to_string(port),
                                     [self = shared_from_this()](error_code failed, const tcp::resolver::results_type& found) {
        if (failed) return self->fail_with(failed.message());
        for (const auto& entry : found) self->endpoints_.push_back(entry.endpoint());
        self->resolved();
      });
    }
    resolved();
  }

  void resolved() {
    std::vector<std::string> addresses;
    for (const auto& endpoint : endpoints_) addresses.push_back(endpoint.address().to_string());
    tell(ConnectStep::What::resolved, std::move(addresses));
    connect(0);
  }

  void tell(ConnectStep::What what, std::vector<std::string> addresses = {}) const {
    if (options_.on_step) options_.on_step({what, std::move(addresses)});
  }

  void connect(std::size_t at) {
    const auto& endpoint = endpoints_[at];
    step_ = "connecting to " + endpoint.address().to_string() + " port " + std::to_string(endpoint.port());
    error_code ignored;
    socket_.close(ignored);
    socket_.async_connect(endpoint, [self = shared_from_this(), at](error_code failed) {
      if (self->done_ == nullptr) return;
      if (failed && at + 1 < self->endpoints_.size()) return self->connect(at + 1);
      if (failed) return self->fail_with(failed.message());
      tune_socket(self->socket_);
      self->tell(ConnectStep::What::connected, {self->endpoints_[at].address().to_string()});
      if (self->proxy_) return self->ask_proxy();
      self->secure();
    });
  }

  void ask_proxy() {
    step_ = "proxy " + proxy_->host;
    const std::string target = options_.url.authority();
    exchange_ = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
    if (!proxy_->authorization.empty()) exchange_ += "Proxy-Authorization: " + proxy_->authorization + "\r\n";
    exchange_ += "\r\n";
    asio::async_write(socket_, asio::buffer(exchange_), [self = shared_from_this()](error_code failed, std::size_t) {
      if (failed) return self->fail_with(failed.message());
      self->exchange_.clear();
      self->read_proxy();
    });
  }

  // The server behind the proxy speaks only after us, so nothing can follow the answer's header.
  void read_proxy() {
    asio::async_read_until(socket_, asio::dynamic_buffer(exchange_, kMaxProxyAnswer), "\r\n\r\n",
                           [self = shared_from_this()](error_code failed, std::size_t bytes) {
      if (failed) return self->fail_with(failed == asio::error::not_found ? "its answer is too long" : failed.message());
      const std::string_view answer = self->exchange_;
      const std::string_view line = answer.substr(0, answer.find('\r'));
      if (!line.starts_with("HTTP/1.") || line.size() < 12 || line.substr(9, 1) != "2" || bytes != answer.size())
        return self->fail_with("it answered '" + escape_for_display(line) + "'");
      self->tell(ConnectStep::What::proxy_answered);
      self->secure();
    });
  }

  void secure() {
    step_ = "TLS with " + options_.url.authority();
    tickets_ = std::make_unique<TicketSink>();
    if (!check_chain()) *tickets_ = {options_.tickets, options_.url.authority() + "|" + options_.pinned_relay};
    stream_ = std::make_unique<TlsStream>(std::move(socket_), tls_context_);
    prepare_client(stream_->native(), options_.url.host, check_chain(), tickets_.get());
    stream_->async_handshake([self = shared_from_this()](error_code failed) {
      if (failed) {
        const bool protocol = failed == boost::system::errc::protocol_error;
        return self->fail_with(protocol ? tls_error_text() : failed.message());
      }
      self->finish();
    });
  }

  void finish() {
    if (done_ == nullptr) return;
    timer_.cancel();
    tell(ConnectStep::What::secured);
    auto identity = read_identity(stream_->native(), check_chain());
    auto client = std::make_unique<TlsClient>(std::move(options_), std::move(tickets_), std::move(identity), std::move(stream_));
    std::exchange(done_, nullptr)(std::unique_ptr<Client>(std::move(client)));
  }

  void fail_with(const std::string& why) { finish_with(fail(Errc::relay_unreachable, step_ + ": " + why)); }

  void finish_with(Error why) {
    if (done_ == nullptr) return;
    timer_.cancel();
    resolver_.cancel();
    error_code ignored;
    socket_.close(ignored);
    if (stream_) stream_->close();
    std::exchange(done_, nullptr)(std::move(why));
  }

  void fail_later(Error why) {
    asio::post(context_, [self = shared_from_this(), why = std::move(why)] { self->finish_with(why); });
  }

  void on_timeout() {
    const auto self = shared_from_this();
    fail_with("no answer within " + format_duration(options_.timeout));
  }

  asio::io_context& context_;
  ConnectOptions options_;
  Client::OnConnected done_;
  std::optional<Proxy> proxy_;
  TlsContext tls_context_;
  tcp::resolver resolver_;
  std::vector<tcp::endpoint> endpoints_;
  Socket socket_;
  std::string exchange_;
  std::unique_ptr<TicketSink> tickets_;
  std::unique_ptr<TlsStream> stream_;
  std::string step_; // for messages
  WheelTimer timer_;
};

} // namespace

void Client::connect(daemon::Reactor& reactor, ConnectOptions options, OnConnected done) {
  std::make_shared<Connecting>(reactor, std::move(options), std::move(done))->start();
}

} // namespace rs::net
