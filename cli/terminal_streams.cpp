#include "cli/terminal_streams.hpp"

#include "daemon/descriptor.hpp"
#include "daemon/posix_error.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <optional>

namespace rs::cli {
namespace {

namespace asio = boost::asio;
using WaitedFor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

// A pipe or terminal that poll() calls writable takes this much without blocking (POSIX: PIPE_BUF).
constexpr std::size_t kSafeWrite = 4096;
constexpr int kFirstOwn = 3;

// Waits for an own duplicate. What epoll does not know (files, /dev/null) is always ready.
class Readiness {
 public:
  Readiness(asio::io_context& context, int own) : descriptor_(context) {
    boost::system::error_code failed;
    descriptor_.assign(own, failed);
    if (failed) ::close(own);
  }
  ~Readiness() { *alive_ = false; }
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  void wait(WaitedFor::wait_type what, std::function<void()> ready) {
    if (!descriptor_.is_open()) return post(std::move(ready));
    descriptor_.async_wait(what, [alive = alive_, ready = std::move(ready)](const boost::system::error_code& failed) {
      if (*alive && failed != asio::error::operation_aborted) ready();
    });
  }

 private:
  void post(std::function<void()> ready) {
    asio::post(descriptor_.get_executor(), [alive = alive_, ready = std::move(ready)] {
      if (*alive) ready();
    });
  }
  WaitedFor descriptor_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

int duplicate(int descriptor) { return ::fcntl(descriptor, F_DUPFD_CLOEXEC, kFirstOwn); }

class ReactorInput final : public InputStream {
 public:
  ReactorInput(daemon::Reactor& reactor, int descriptor) : descriptor_(descriptor), readiness_(reactor.context(), duplicate(descriptor)) {}

  void wait(std::function<void()> ready) override { readiness_.wait(WaitedFor::wait_read, std::move(ready)); }

  // A terminal that is gone (EIO) and a descriptor that was never open are ends of input.
  Result<std::size_t> read(MutableBytes room) override {
    for (;;) {
      const auto got = ::read(descriptor_, room.data(), room.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == EIO || errno == EBADF) return std::size_t{0};
      if (errno != EINTR) return daemon::posix_error("reading stdin", errno);
    }
  }

 private:
  int descriptor_;
  Readiness readiness_;
};

enum class Way { direct, own_description, socket, small_steps };

// How to write to a descriptor without blocking and without changing what others share.
class Sink {
 public:
  explicit Sink(int descriptor) : descriptor_(descriptor) {
    struct stat info{};
    if (::fstat(descriptor, &info) != 0 || S_ISREG(info.st_mode)) return;
    if (S_ISSOCK(info.st_mode)) {
      way_ = Way::socket;
    } else if (S_ISFIFO(info.st_mode) || ::isatty(descriptor) == 1) {
      const auto path = "/proc/self/fd/" + std::to_string(descriptor);
      own_ = daemon::Descriptor(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
      way_ = own_ ? Way::own_description : Way::small_steps;
    }
  }

  int descriptor() const { return own_ ? own_.get() : descriptor_; }

  // Bytes taken; nothing where it would block.
  Result<std::optional<std::size_t>> write(ByteView bytes) {
    if (way_ == Way::small_steps) {
      pollfd ready{descriptor_, POLLOUT, 0};
      if (::poll(&ready, 1, 0) == 0) return std::optional<std::size_t>();
      bytes = bytes.first(std::min(bytes.size(), kSafeWrite));
    }
    const auto taken = way_ == Way::socket ? ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                           : ::write(descriptor(), bytes.data(), bytes.size());
    if (taken >= 0) return std::optional(static_cast<std::size_t>(taken));
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::optional<std::size_t>();
    if (errno == EINTR) return std::optional<std::size_t>(0);
    return daemon::posix_error(descriptor_ == 2 ? "writing to stderr" : "writing to stdout", errno);
  }

 private:
  int descriptor_;
  daemon::Descriptor own_;
  Way way_ = Way::direct;
};

class ReactorOutput final : public OutputStream {
 public:
  ReactorOutput(daemon::Reactor& reactor, int descriptor, Events events)
      : context_(reactor.context()), sink_(descriptor), events_(std::move(events)) {}

  void write(session::InData data) override {
    if (failed_) return;
    queue_.push_back(std::move(data));
    if (!waiting_) flush();
  }
  bool idle() const override { return queue_.empty(); }

 private:
  void flush() {
    waiting_ = false;
    while (!queue_.empty() && !failed_) {
      const auto rest = queue_.front().view().subspan(done_);
      const auto taken = sink_.write(rest);
      if (!taken) return fail_with(taken.error());
      if (!*taken) return wait();
      done_ += **taken;
      if (done_ == queue_.front().size()) {
        queue_.pop_front();
        events_.written(std::exchange(done_, 0));
      }
    }
  }

  void wait() {
    waiting_ = true;
    if (!readiness_) readiness_.emplace(context_, duplicate(sink_.descriptor()));
    readiness_->wait(WaitedFor::wait_write, [this] { flush(); });
  }

  void fail_with(const Error& why) {
    failed_ = true;
    queue_.clear();
    events_.failed(why);
  }

  asio::io_context& context_;
  Sink sink_;
  Events events_;
  std::deque<session::InData> queue_;
  std::size_t done_ = 0; // bytes of the first that were taken
  std::optional<Readiness> readiness_;
  bool waiting_ = false;
  bool failed_ = false;
};

} // namespace

std::unique_ptr<InputStream> open_input(daemon::Reactor& reactor, int descriptor) {
  return std::make_unique<ReactorInput>(reactor, descriptor);
}

std::unique_ptr<OutputStream> open_output(daemon::Reactor& reactor, int descriptor, OutputStream::Events events) {
  return std::make_unique<ReactorOutput>(reactor, descriptor, std::move(events));
}

} // namespace rs::cli
