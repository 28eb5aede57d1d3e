#include "net/wss.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

namespace rs::net {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;

// Found by Beast for the end of a WebSocket.
template <class Handler>
void async_teardown(beast::role_type, TlsStream& stream, Handler&& handler) {
  stream.shut_down();
  boost::asio::post(stream.get_executor(), [handler = std::forward<Handler>(handler)]() mutable { handler(error_code{}); });
}
void teardown(beast::role_type, TlsStream& stream, error_code& error) {
  error = {};
  stream.shut_down();
}
void beast_close_socket(TlsStream& stream) { stream.close(); }

namespace {

constexpr std::size_t kFirstRead = 256;               // what an idle link holds for the start of a message
constexpr std::size_t kServerWriteBuffer = 64;        // unused: servers write unmasked, straight from the message
constexpr std::size_t kClientWriteBuffer = 128 << 10; // where the masked copy is made
constexpr std::size_t kMaxAnswer = 64 << 20;
constexpr std::uint32_t kReadChunk = 16 << 10;

Error to_error(const error_code& code, const websocket::close_reason& reason) {
  if (code == websocket::error::closed)
    return fail(
        Errc::connection_lost,
        "closed by the peer" + (reason.reason.empty() ? "" : ": " + std::string(reason.reason.data(), reason.reason.size())));
  if (code == websocket::error::message_too_big || code == websocket::error::buffer_overflow)
    return fail(Errc::limit, "a message is larger than the link's limit");
  if (code == boost::asio::error::eof) return fail(Errc::connection_lost, "the peer ended the connection");
  return fail(Errc::connection_lost, code.message());
}

class BeastWebSocket final : public WebSocket, public std::enable_shared_from_this<BeastWebSocket> {
 public:
  BeastWebSocket(std::unique_ptr<TlsStream> stream, std::size_t max_message, bool server)
      : stream_(std::move(stream)), ws_(*stream_), max_message_(max_message) {
    ws_.binary(true);
    ws_.auto_fragment(false);
    ws_.read_message_max(max_message);
    ws_.write_buffer_bytes(server ? kServerWriteBuffer : std::min(kClientWriteBuffer, max_message + kServerWriteBuffer));
    ws_.set_option(websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
  }

  TlsStream& stream() override { return *stream_; }
  auto& beast() { return ws_; }

  void start(Events& events) override {
    events_ = &events;
    read();
  }

  void write(Buffer message) override {
    writing_ = std::move(message);
    ws_.async_write(boost::asio::buffer(writing_.data(), writing_.size()),
                    [self = shared_from_this()](error_code failed, std::size_t) {
      self->writing_ = Buffer();
      if (failed) return self->break_off(failed);
      if (self->events_) self->events_->on_written();
    });
  }

  void drain() override {
    stream_->async_drain([self = shared_from_this()](error_code failed) {
      if (failed) return self->break_off(failed);
      if (self->events_) self->events_->on_drained();
    });
  }

  void ping() override {
    if (pinging_) return;
    pinging_ = true;
    ws_.async_ping({}, [self = shared_from_this()](error_code) { self->pinging_ = false; });
  }

  void close(std::uint16_t code, const std::string& reason) override {
    if (closing_) return;
    closing_ = true;
    websocket::close_reason why(static_cast<websocket::close_code>(code));
    why.reason.assign(reason.data(), std::min(reason.size(), why.reason.max_size()));
    ws_.async_close(why, [self = shared_from_this()](error_code) {});
  }

  void abort() override {
    events_ = nullptr;
    stream_->close();
  }

 private:
  // The start of a message goes into the link's small array; once Beast knows how long it is, the rest goes
  // straight into a buffer of that size.
  void read() {
    const bool fresh = message_.capacity() == 0;
    const auto into = fresh ? boost::asio::buffer(first_)
                            : boost::asio::buffer(message_.data() + message_.size(), message_.capacity() - message_.size());
    ws_.async_read_some(into, [self = shared_from_this(), fresh](error_code failed, std::size_t bytes) {
      if (self->events_ == nullptr) return;
      if (failed) return self->fail_with(to_error(self->broken_ ? self->broken_ : failed, self->ws_.reason()));
      self->take(fresh, bytes);
    });
  }

  void take(bool fresh, std::size_t bytes) {
    if (!ws_.got_binary()) return refuse_text();
    const bool done = ws_.is_message_done();
    const std::size_t more = done ? 0 : std::max<std::size_t>(ws_.read_size_hint(kReadChunk), 1);
    if (fresh) {
      message_ = Buffer(bytes + more);
      std::memcpy(message_.data(), first_.data(), bytes);
    }
    message_.resize((fresh ? 0 : message_.size()) + bytes);
    if (done) {
      Buffer complete = std::move(message_);
      message_ = Buffer();
      events_->on_message(std::move(complete));
      if (events_ == nullptr) return;
    } else if (message_.size() == message_.capacity()) { // fragments: grow at least by a half
      message_.grow(std::min(max_message_, std::max(message_.size() + more, message_.size() + message_.size() / 2)));
    }
    read();
  }

  void refuse_text() {
    close(kCloseUnsupported, "binary messages only");
    fail_with(fail(Errc::invalid, "the peer sent a text message"));
  }

  // A failed write ends the connection; the reader meets that and reports it.
  void break_off(const error_code& why) {
    if (!broken_) broken_ = why;
    stream_->close();
  }

  void fail_with(const Error& why) { std::exchange(events_, nullptr)->on_failed(why); }

  std::unique_ptr<TlsStream> stream_;
  websocket::stream<TlsStream&, false> ws_;
  Events* events_ = nullptr;
  std::size_t max_message_;
  Buffer message_;
  Buffer writing_;
  error_code broken_;
  bool pinging_ = false, closing_ = false;
  std::array<std::uint8_t, kFirstRead> first_;
};

HttpStream::Refusal refusal_of(const error_code& code) {
  if (code == http::error::header_limit || code == http::error::buffer_overflow)
    return {431, fail(Errc::limit, "the header is larger than " + std::to_string(kMaxHttpHeader) + " bytes")};
  if (code == http::error::body_limit)
    return {413, fail(Errc::limit, "the body is larger than " + std::to_string(kMaxHttpBody) + " bytes")};
  if (code == http::error::end_of_stream || code == http::error::partial_message ||
      code.category() != http::make_error_code(http::error::bad_method).category())
    return {0, fail(Errc::connection_lost, code.message())};
  return {400, fail(Errc::invalid, "no HTTP/1.1 request: " + code.message())};
}

template <class Message, class Out>
void copy_headers(const Message& message, Out& headers) {
  for (const auto& field : message) headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
}

class BeastHttpStream final : public HttpStream, public std::enable_shared_from_this<BeastHttpStream> {
 public:
  explicit BeastHttpStream(std::unique_ptr<TlsStream> stream)
      : stream_(std::move(stream)), buffer_(kMaxHttpHeader + kReadChunk) {}

  TlsStream& stream() override { return *stream_; }

  void read_request(OnRequest done) override {
    request_.emplace();
    request_->header_limit(kMaxHttpHeader);
    request_->body_limit(kMaxHttpBody);
    http::async_read_header(*stream_, buffer_, *request_,
                            [self = shared_from_this(), done = std::move(done)](error_code failed, std::size_t) {
      if (failed) return done(refusal_of(failed));
      self->read_request_body(std::move(done));
    });
  }

  void accept(std::size_t max_message, OnWebSocket done) override {
    auto socket = std::make_shared<BeastWebSocket>(std::move(stream_), max_message, true);
    socket->beast().set_option(
        websocket::stream_base::decorator([](websocket::response_type& response) { response.erase(http::field::server); }));
    auto request = std::make_shared<http::request<http::string_body>>(request_->release());
    request_.reset();
    auto& beast = socket->beast();
    beast.async_accept(*request, [socket, request, done = std::move(done)](error_code failed) {
      if (failed) return done(fail(Errc::connection_lost, "accepting a WebSocket: " + failed.message()));
      done(std::shared_ptr<WebSocket>(socket));
    });
  }

  void read_answer(OnAnswer done) override {
    auto parser = std::make_shared<http::response_parser<http::string_body>>();
    parser->body_limit(kMaxAnswer);
    http::async_read(*stream_, buffer_, *parser,
                     [self = shared_from_this(), parser, done = std::move(done)](error_code failed, std::size_t) {
      if (failed)
        return done(refusal_of(failed).status == 0 ? fail(Errc::connection_lost, failed.message())
                                                   : fail(Errc::invalid, "no HTTP/1.1 response: " + failed.message()));
      auto message = parser->release();
      Answer answer;
      answer.keep_alive = message.keep_alive();
      answer.response.status = message.result_int();
      answer.response.content_type = std::string(message[http::field::content_type]);
      copy_headers(message, answer.response.headers);
      answer.response.body = std::move(message.body());
      done(std::move(answer));
    });
  }

  void upgrade(const std::string& host, const std::string& target, std::size_t max_message, OnWebSocket done) override {
    auto socket = std::make_shared<BeastWebSocket>(std::move(stream_), max_message, false);
    auto response = std::make_shared<websocket::response_type>();
    auto& beast = socket->beast();
    beast.async_handshake(*response, host, target, [socket, response, done = std::move(done)](error_code failed) {
      if (!failed) return done(std::shared_ptr<WebSocket>(socket));
      if (failed == websocket::error::upgrade_declined)
        return done(fail(Errc::unsupported,
                         "the server did not upgrade the connection: HTTP status " + std::to_string(response->result_int())));
      done(fail(
          failed.category() == make_error_code(websocket::error::no_host).category() ? Errc::unsupported : Errc::connection_lost,
          "upgrading the connection: " + failed.message()));
    });
  }

  void write(std::string text, OnDone done) override {
    auto owned = std::make_shared<std::string>(std::move(text));
    const auto bytes = boost::asio::buffer(*owned);
    boost::asio::async_write(
        *stream_, bytes,
        [self = shared_from_this(), owned, done = std::move(done)](error_code failed, std::size_t) { done(!failed); });
  }

 private:
  void read_request_body(OnRequest done) {
    if (!beast::iequals(request_->get()[http::field::expect], "100-continue")) return read_rest(std::move(done));
    write("HTTP/1.1 100 Continue\r\n\r\n", [self = shared_from_this(), done = std::move(done)](bool ok) {
      if (!ok) return done(Refusal{0, fail(Errc::connection_lost, "the client went")});
      self->read_rest(done);
    });
  }

  void read_rest(OnRequest done) {
    http::async_read(*stream_, buffer_, *request_,
                     [self = shared_from_this(), done = std::move(done)](error_code failed, std::size_t) {
      if (failed) return done(refusal_of(failed));
      done(self->incoming());
    });
  }

  Incoming incoming() {
    Incoming out;
    auto& message = request_->get();
    out.keep_alive = message.keep_alive();
    // Bytes behind an upgrade request would be lost, and no client may send any before the answer.
    out.upgrade = websocket::is_upgrade(message) && buffer_.size() == 0;
    out.request.method = std::string(message.method_string());
    out.request.target = std::string(message.target());
    copy_headers(message, out.request.headers);
    out.request.body = std::move(message.body());
    out.request.peer_address = stream_->peer_address();
    return out;
  }

  std::unique_ptr<TlsStream> stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> request_;
};

} // namespace

std::shared_ptr<HttpStream> make_http_stream(std::unique_ptr<TlsStream> stream) {
  return std::make_shared<BeastHttpStream>(std::move(stream));
}

} // namespace rs::net
