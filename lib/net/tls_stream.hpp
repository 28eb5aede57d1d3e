#pragma once

#include "base/buffer.hpp"
#include "net/tls_context.hpp"
#include "net/wheel_timer.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <optional>

namespace rs::net {

// A concrete executor: the type-erased one costs memory and time in every operation.
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

void tune_socket(Socket& socket);      // no delay; BBR towards other machines
void tune_link_socket(Socket& socket); // a late choice of what is written: at most 128 KiB unsent in the kernel

// TLS over a non-blocking socket: an AsyncReadStream and AsyncWriteStream that holds no buffer while idle. Records are
// collected and sent with one system call; reads fill the caller's buffer as far as data is there.
class TlsStream {
 public:
  using executor_type = Socket::executor_type;
  enum class Need { nothing, readable, writable };

  TlsStream(Socket socket, const TlsContext& context);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  executor_type get_executor() { return socket_.get_executor(); }
  ssl_st* native() { return ssl_; }
  const std::string& peer_address() const { return peer_address_; }
  Millis last_received() const { return last_received_; }                           // steady_now() of the last byte
  void keep(std::unique_ptr<TicketSink> tickets) { tickets_ = std::move(tickets); } // as long as this lives
  // Links only, after the handshake: reads take many records with one system call.
  void read_ahead();
  void close();     // at once; pending operations end with operation_aborted
  void shut_down(); // best effort: close_notify, then no more is sent

  // While corked, small writes complete before they are sent; drain() sends them.
  void set_corked(bool corked) { corked_ = corked; }
  bool has_unsent() const { return !out_.empty(); }
  bool writable_now() const; // the kernel takes more

  template <class Handler> // void(error_code)
  auto async_handshake(Handler&& handler) {
    return boost::asio::async_compose<Handler, void(boost::system::error_code)>(HandshakeOp{*this}, handler, socket_);
  }
  // Sends what was collected, then waits until the kernel takes more.
  template <class Handler> // void(error_code)
  auto async_drain(Handler&& handler) {
    return boost::asio::async_compose<Handler, void(boost::system::error_code)>(DrainOp{*this}, handler, socket_);
  }
  template <class MutableBuffers, class Handler>
  auto async_read_some(const MutableBuffers& buffers, Handler&& handler) {
    boost::asio::mutable_buffer first;
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers) && first.size() == 0; ++at)
      first = *at;
    return boost::asio::async_compose<Handler, void(boost::system::error_code, std::size_t)>(ReadOp{*this, first}, handler,
                                                                                             socket_);
  }
  template <class ConstBuffers, class Handler>
  auto async_write_some(const ConstBuffers& buffers, Handler&& handler) {
    WriteOp op{*this};
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers) && op.count < kGather; ++at)
      op.buffers[op.count++] = *at;
    return boost::asio::async_compose<Handler, void(boost::system::error_code, std::size_t)>(op, handler, socket_);
  }

 private:
  static constexpr std::size_t kGather = 4;
  using ErrorCode = boost::system::error_code;

  // Each step does what is possible without waiting. Need::nothing with an error is a failure.
  Need handshake_step(ErrorCode& error);
  Need read_step(boost::asio::mutable_buffer into, std::size_t& bytes, ErrorCode& error);
  std::size_t encrypt(std::span<const boost::asio::const_buffer> buffers, ErrorCode& error);
  Need flush(ErrorCode& error);
  bool may_rest() const; // corked, and little is collected
  Need after(int result, ErrorCode& error);
  std::size_t write_record(const void* data, std::size_t bytes, ErrorCode& error);
  template <class Self>
  void wait(Need need, Self& self) {
    socket_.async_wait(need == Need::readable ? Socket::wait_read : Socket::wait_write, std::move(self));
  }

  struct HandshakeOp {
    TlsStream& stream;
    template <class Self>
    void operator()(Self& self, ErrorCode error = {}) {
      Need need = Need::nothing;
      if (!error) need = stream.handshake_step(error);
      if (need == Need::nothing || error) return self.complete(error);
      stream.wait(need, self);
    }
  };

  struct DrainOp {
    TlsStream& stream;
    bool waited = false;
    template <class Self>
    void operator()(Self& self, ErrorCode error = {}) {
      Need need = Need::nothing;
      if (!error) need = stream.flush(error);
      if (error || (need == Need::nothing && waited)) return self.complete(error);
      waited = true;
      stream.wait(Need::writable, self);
    }
  };

  struct ReadOp {
    TlsStream& stream;
    boost::asio::mutable_buffer into;
    std::size_t bytes = 0;
    bool finished = false, started = false;
    ErrorCode result = {};
    template <class Self>
    void operator()(Self& self, ErrorCode error = {}) {
      if (finished) return self.complete(result, bytes);
      Need need = Need::nothing;
      if (!error) need = stream.read_step(into, bytes, error);
      if (!error && need != Need::nothing) {
        started = true;
        return stream.wait(need, self);
      }
      finished = true;
      result = error;
      if (started) return self.complete(result, bytes);
      boost::asio::post(stream.get_executor(), std::move(self)); // never from within the initiating call
    }
  };

  struct WriteOp {
    TlsStream& stream;
    std::array<boost::asio::const_buffer, kGather> buffers = {};
    std::size_t count = 0;
    std::size_t accepted = 0;
    bool encrypted = false, finished = false, started = false;
    ErrorCode result = {};
    template <class Self>
    void operator()(Self& self, ErrorCode error = {}) {
      if (finished) return self.complete(result, accepted);
      const Need need = error ? Need::nothing : step(error);
      if (!error && need != Need::nothing) {
        started = true;
        return stream.wait(need, self);
      }
      finished = true;
      result = error;
      if (started) return self.complete(result, accepted);
      boost::asio::post(stream.get_executor(), std::move(self));
    }
    // What is left of earlier writes goes first; then this one's bytes, until the kernel has them.
    Need step(ErrorCode& error) {
      if (!encrypted) {
        if (!stream.may_rest() && stream.flush(error) == Need::writable) return Need::writable;
        if (error) return Need::nothing;
        accepted = stream.encrypt({buffers.data(), count}, error);
        encrypted = true;
        if (error) return Need::nothing;
      }
      return stream.may_rest() ? Need::nothing : stream.flush(error);
    }
  };

  friend struct BioCallbacks;
  long collect(const char* data, int bytes);
  long receive(void* into, std::size_t bytes); // as recv(2)
  long receive_from_socket(void* into, std::size_t bytes);

  Socket socket_;
  ssl_st* ssl_;
  TlsContext context_;
  std::unique_ptr<TicketSink> tickets_;
  Buffer out_; // records not yet sent
  std::size_t out_sent_ = 0;
  Buffer in_; // received, and not yet taken by OpenSSL
  std::size_t in_taken_ = 0;
  Millis last_received_;
  std::string peer_address_;
  bool corked_ = false, read_ahead_ = false;
};

} // namespace rs::net
