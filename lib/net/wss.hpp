#pragma once

#include "base/buffer.hpp"
#include "net/http.hpp"
#include "net/tls_stream.hpp"

#include <functional>
#include <memory>
#include <string>

// What the one Beast unit offers: HTTP/1.1 over a TlsStream, and the WebSocket that such a connection can become.
// Callbacks never come from within the call that asked for them. One thread.
namespace rs::net {

inline constexpr std::uint16_t kCloseNormal = 1000, kCloseUnsupported = 1003; // RFC 6455 §7.4.1

class WebSocket {
 public:
  class Events {
   public:
    virtual void on_message(Buffer message) = 0;
    virtual void on_written() = 0;
    virtual void on_drained() = 0;
    virtual void on_failed(const Error& why) = 0; // the last call: nothing more can be read

   protected:
    ~Events() = default;
  };

  virtual ~WebSocket() = default;
  virtual TlsStream& stream() = 0;
  virtual void start(Events& events) = 0;                                // reads from now on
  virtual void write(Buffer message) = 0;                                // one at a time; then on_written
  virtual void drain() = 0;                                              // one at a time: TlsStream::async_drain; then on_drained
  virtual void ping() = 0;                                               // left out while an earlier one is being written
  virtual void close(std::uint16_t code, const std::string& reason) = 0; // the peer answers, then on_failed
  virtual void abort() = 0;                                              // closes at once; no further events
};

class HttpStream {
 public:
  struct Incoming {
    HttpRequest request;
    bool keep_alive = false;
    bool upgrade = false; // to a WebSocket
  };
  struct Refusal {
    unsigned status = 0; // what to answer; 0: the connection is gone
    Error error;
  };
  struct Answer {
    HttpResponse response;
    bool keep_alive = false;
  };
  using OnRequest = std::function<void(boost::system::result<Incoming, Refusal>)>;
  using OnAnswer = std::function<void(Result<Answer>)>;
  using OnDone = std::function<void(bool ok)>;
  using OnWebSocket = std::function<void(Result<std::shared_ptr<WebSocket>>)>;

  virtual ~HttpStream() = default;
  virtual TlsStream& stream() = 0;
  // Server's side.
  virtual void read_request(OnRequest done) = 0;
  virtual void accept(std::size_t max_message, OnWebSocket done) = 0; // the request just read, which has `upgrade`
  // Client's side.
  virtual void read_answer(OnAnswer done) = 0;
  virtual void upgrade(const std::string& host, const std::string& target, std::size_t max_message, OnWebSocket done) = 0;

  virtual void write(std::string text, OnDone done) = 0;
};

std::shared_ptr<HttpStream> make_http_stream(std::unique_ptr<TlsStream> stream);

} // namespace rs::net
