#include "cli/terminal_streams.hpp"

#include "daemon/descriptor.hpp"
#include "daemon/posix_error.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
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

// Waits through an epoll instance of its own: Asio makes every descriptor non-blocking that it waits for, and this one's
// description is shared. What epoll does not know (files, /dev/null) is always ready.
class Readiness {
 public:
  Readiness(asio::io_context& context, int descriptor, std::uint32_t events) : waited_for_(context) {
    daemon::Descriptor own(::epoll_create1(EPOLL_CLOEXEC));
    epoll_event wanted{};
    wanted.events = events;
    if (!own || ::epoll_ctl(own.get(), EPOLL_CTL_ADD, descriptor, &wanted) != 0) return;
    boost::system::error_code failed;
    waited_for_.assign(own.get(), failed);
    if (!failed) own.release();
  }
  ~Readiness() { *alive_ = false; }
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  void wait(std::function<void()> ready) {
    auto call = [alive = alive_, ready = std::move(ready)] {
      if (*alive) ready();
    };
    if (!waited_for_.is_open()) return asio::post(waited_for_.get_executor(), std::move(call));
    waited_for_.async_wait(WaitedFor::wait_read, [call = std::move(call)](const boost::system::error_code& failed) {
      if (failed != asio::error::operation_aborted) call();
    });
  }

 private:
  WaitedFor waited_for_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class ReactorInput final : public InputStream {
 public:
  ReactorInput(daemon::Reactor& reactor, int descriptor)
      : descriptor_(descriptor), readiness_(reactor.context(), descriptor, EPOLLIN) {}

  void wait(std::function<void()> ready) override { readiness_.wait(std::move(ready)); }

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
    if (!readiness_) readiness_.emplace(context_, sink_.descriptor(), EPOLLOUT);
    readiness_->wait([this] { flush(); });
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
