#include "net/tls_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <boost/asio/error.hpp>

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace rs::net {
namespace {

constexpr std::size_t kRecord = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr std::size_t kEncryptAtOnce = 8 * kRecord;            // plaintext that is collected before it is sent
constexpr std::size_t kOutCapacity = kEncryptAtOnce + kRecord; // with the records' overhead
constexpr std::size_t kCorkedLimit = 32 << 10;
constexpr std::size_t kReadAhead = 128 << 10;
constexpr int kNotSentLowWater = 128 << 10;

// Buffers of this thread that no stream needs just now: busy streams take turns with them, idle ones hold none.
struct Spare {
  Buffer out, in;
};
Spare& spare() {
  thread_local Spare buffers;
  return buffers;
}

void give_back(Buffer& buffer, Buffer& to, std::size_t capacity) {
  buffer.resize(0);
  if (buffer.capacity() == capacity && to.capacity() == 0) to = std::move(buffer);
  buffer = Buffer();
}

} // namespace

void tune_socket(Socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  socket.non_blocking(true, ignored);
  const auto peer = socket.remote_endpoint(ignored);
  if (ignored || peer.address().is_loopback()) return; // nothing is lost there, and pacing costs
  constexpr std::string_view kBbr = "bbr";
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_CONGESTION, kBbr.data(), kBbr.size());
}

void tune_link_socket(Socket& socket) {
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kNotSentLowWater, sizeof kNotSentLowWater);
}

// OpenSSL reads what was received ahead, or straight from the socket, and writes into the stream's collecting buffer,
// which never refuses.
struct BioCallbacks {
  static TlsStream& stream(BIO* bio) { return *static_cast<TlsStream*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* into, int bytes) {
    BIO_clear_retry_flags(bio);
    const long got = stream(bio).receive(into, static_cast<std::size_t>(bytes));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
    return static_cast<int>(got);
  }
  static int write(BIO* bio, const char* data, int bytes) { return static_cast<int>(stream(bio).collect(data, bytes)); }
  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static const BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "rs socket");
      BIO_meth_set_read(method, read);
      BIO_meth_set_write(method, write);
      BIO_meth_set_ctrl(method, control);
      return method;
    }();
    return made;
  }
};

TlsStream::TlsStream(Socket socket, const TlsContext& context)
    : socket_(std::move(socket)), ssl_(SSL_new(context.get())), context_(context), last_received_(steady_now()) {
  RS_ASSERT(ssl_ != nullptr);
  BIO* bio = BIO_new(BioCallbacks::method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  boost::system::error_code ignored;
  auto address = socket_.remote_endpoint(ignored).address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  peer_address_ = address.to_string();
}

TlsStream::~TlsStream() { SSL_free(ssl_); }

void TlsStream::read_ahead() {
  read_ahead_ = true;
  tune_link_socket(socket_);
}

void TlsStream::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void TlsStream::shut_down() {
  if (!socket_.is_open()) return;
  boost::system::error_code ignored;
  SSL_shutdown(ssl_);
  ERR_clear_error();
  flush(ignored);
  socket_.shutdown(Socket::shutdown_send, ignored);
}

bool TlsStream::writable_now() const {
  pollfd descriptor{const_cast<Socket&>(socket_).native_handle(), POLLOUT, 0};
  return ::poll(&descriptor, 1, 0) == 1;
}

bool TlsStream::may_rest() const { return corked_ && out_.size() - out_sent_ < kCorkedLimit; }

long TlsStream::receive_from_socket(void* into, std::size_t bytes) {
  const auto got = ::recv(socket_.native_handle(), into, bytes, 0);
  if (got > 0) last_received_ = steady_now();
  return got;
}

// OpenSSL asks for a record's header and body one by one; a busy link takes many records from the kernel at once.
// (OpenSSL's own read-ahead moves all that is left in its buffer for each record.)
long TlsStream::receive(void* into, std::size_t bytes) {
  if (in_.empty()) {
    if (!read_ahead_) return receive_from_socket(into, bytes);
    if (in_.capacity() == 0) in_ = std::move(spare().in);
    if (in_.capacity() == 0) in_ = Buffer(kReadAhead);
    const long got = receive_from_socket(in_.data(), in_.capacity());
    if (got <= 0) {
      const int saved = errno;
      give_back(in_, spare().in, kReadAhead);
      errno = saved;
      return got;
    }
    in_.resize(static_cast<std::size_t>(got));
    in_taken_ = 0;
  }
  const std::size_t taken = std::min(bytes, in_.size() - in_taken_);
  std::memcpy(into, in_.data() + in_taken_, taken);
  in_taken_ += taken;
  if (in_taken_ == in_.size()) give_back(in_, spare().in, kReadAhead);
  return static_cast<long>(taken);
}

long TlsStream::collect(const char* data, int bytes) {
  const auto more = static_cast<std::size_t>(bytes);
  if (out_.capacity() == 0) out_ = std::move(spare().out);
  if (out_.size() + more > out_.capacity()) out_.grow(std::max(kOutCapacity, 2 * (out_.size() + more)));
  const std::size_t at = out_.size();
  out_.resize(at + more);
  std::memcpy(out_.data() + at, data, more);
  return bytes;
}

TlsStream::Need TlsStream::flush(ErrorCode& error) {
  while (out_sent_ < out_.size()) {
    const auto sent = ::send(socket_.native_handle(), out_.data() + out_sent_, out_.size() - out_sent_, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return Need::writable;
    if (sent < 0) {
      error.assign(errno, boost::system::system_category());
      return Need::nothing;
    }
    out_sent_ += static_cast<std::size_t>(sent);
  }
  out_sent_ = 0;
  give_back(out_, spare().out, kOutCapacity);
  return Need::nothing;
}

// What a failed call of OpenSSL wants. Whatever it wrote meanwhile (an alert, a key update) is sent.
TlsStream::Need TlsStream::after(int result, ErrorCode& error) {
  const int saved_errno = errno;
  const int kind = SSL_get_error(ssl_, result);
  if (kind == SSL_ERROR_WANT_READ) return Need::readable;
  if (kind == SSL_ERROR_WANT_WRITE) return Need::writable;
  if (kind == SSL_ERROR_ZERO_RETURN) {
    error = boost::asio::error::eof;
  } else if (kind == SSL_ERROR_SYSCALL && saved_errno != 0) {
    error.assign(saved_errno, boost::system::system_category());
  } else if (kind == SSL_ERROR_SYSCALL || ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    error = boost::asio::error::eof;
    ERR_clear_error();
  } else {
    error = boost::system::errc::make_error_code(boost::system::errc::protocol_error);
  }
  return Need::nothing;
}

TlsStream::Need TlsStream::handshake_step(ErrorCode& error) {
  ERR_clear_error();
  errno = 0;
  const int result = SSL_do_handshake(ssl_);
  const Need need = result == 1 ? Need::nothing : after(result, error);
  ErrorCode unsent;
  if (flush(unsent) == Need::writable && need == Need::nothing && !error) return Need::writable;
  if (!error) error = unsent;
  return need;
}

TlsStream::Need TlsStream::read_step(boost::asio::mutable_buffer into, std::size_t& bytes, ErrorCode& error) {
  bytes = 0;
  if (into.size() == 0) return Need::nothing;
  Need need = Need::nothing;
  while (bytes < into.size()) {
    ERR_clear_error();
    errno = 0;
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_, static_cast<std::uint8_t*>(into.data()) + bytes, into.size() - bytes, &got);
    if (result != 1) {
      need = after(result, error);
      break;
    }
    bytes += got;
    if (in_.empty() && SSL_has_pending(ssl_) == 0) break;
  }
  if (bytes > 0) { // an end or failure is met again by the next read
    error = {};
    need = Need::nothing;
  }
  if (!out_.empty() && !corked_) {
    ErrorCode unsent;
    flush(unsent);
  }
  return need;
}

std::size_t TlsStream::write_record(const void* data, std::size_t bytes, ErrorCode& error) {
  std::size_t written = 0;
  ERR_clear_error();
  errno = 0;
  const int result = SSL_write_ex(ssl_, data, bytes, &written);
  if (result != 1) {
    after(result, error);
    // The collecting BIO never asks to be called again.
    if (!error) error = boost::system::errc::make_error_code(boost::system::errc::protocol_error);
  }
  return written;
}

// The first record joins the ends of short buffers (a frame's header and its payload); the rest is encrypted in place.
std::size_t TlsStream::encrypt(std::span<const boost::asio::const_buffer> buffers, ErrorCode& error) {
  std::array<std::uint8_t, kRecord> joined;
  std::size_t taken = 0;
  if (buffers.size() > 1) {
    const std::size_t bytes = boost::asio::buffer_copy(boost::asio::buffer(joined), buffers);
    if (bytes > 0) taken = write_record(joined.data(), bytes, error);
  }
  std::size_t skip = taken;
  for (const auto& buffer : buffers) {
    const std::size_t here = std::min(skip, buffer.size());
    skip -= here;
    boost::asio::const_buffer rest = buffer + here;
    while (!error && rest.size() > 0 && taken < kEncryptAtOnce) {
      const std::size_t written = write_record(rest.data(), std::min(rest.size(), kRecord), error);
      taken += written;
      rest += written;
    }
    if (rest.size() > 0) break;
  }
  return taken;
}

} // namespace rs::net
