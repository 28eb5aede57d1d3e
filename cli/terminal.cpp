#include "cli/terminal.hpp"

#include "base/bytes.hpp"
#include "daemon/posix_error.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace rs::cli {
namespace {

constexpr char kInterrupt = 3;  // Ctrl-C
constexpr char kEndOfInput = 4; // Ctrl-D
constexpr char kErase = 127;
constexpr char kBackspace = 8;

// Characters come one by one and unechoed while it lives; Ctrl-C too, so that no signal can leave the terminal mute.
class QuietInput {
 public:
  QuietInput() {
    if (::tcgetattr(0, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    changed_ = ::tcsetattr(0, TCSAFLUSH, &quiet) == 0;
  }
  ~QuietInput() {
    if (changed_) ::tcsetattr(0, TCSAFLUSH, &before_);
  }
  QuietInput(const QuietInput&) = delete;
  QuietInput& operator=(const QuietInput&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

Result<std::size_t> read_some(MutableBytes room) {
  const auto got = ::read(0, room.data(), room.size());
  if (got >= 0) return static_cast<std::size_t>(got);
  if (errno == EINTR) return fail(Errc::interrupted, "interrupted by a signal");
  return daemon::posix_error("reading stdin", errno);
}

Result<std::string> read_line() {
  std::string line;
  for (;;) {
    std::uint8_t byte = 0;
    RS_TRY(const auto got, read_some({&byte, 1}));
    const char c = static_cast<char>(byte);
    if (got == 0 || (c == kEndOfInput && line.empty())) return fail(Errc::usage, "the input ended before the answer");
    if (c == kInterrupt) return fail(Errc::interrupted, "interrupted");
    if (c == '\n' || c == '\r') return line;
    if (c == kErase || c == kBackspace) {
      if (!line.empty()) line.pop_back();
    } else {
      line += c;
    }
  }
}

class PosixTerminal final : public Terminal {
 public:
  bool input_is_terminal() const override { return ::isatty(0) == 1; }

  Result<std::string> ask(std::string_view question) override {
    RS_CHECK(write(Stream::err, question));
    return read_line();
  }

  Result<std::string> ask_secret(std::string_view question) override {
    RS_CHECK(write(Stream::err, question));
    auto line = [] {
      const QuietInput quiet;
      return read_line();
    }();
    RS_CHECK(write(Stream::err, "\n"));
    return line;
  }

  Result<std::string> read_input(std::size_t limit, std::string_view what) override {
    std::string all;
    for (;;) {
      std::uint8_t room[16 << 10];
      RS_TRY(const auto got, read_some(room));
      if (got == 0) return all;
      all.append(reinterpret_cast<const char*>(room), got);
      if (all.size() > limit) return fail(Errc::limit, std::string(what) + ": more than " + std::to_string(limit) + " bytes");
    }
  }

  Result<void> write(Stream stream, std::string_view text) override {
    while (!text.empty()) {
      const auto written = ::write(static_cast<int>(stream), text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return daemon::posix_error(stream == Stream::out ? "writing to stdout" : "writing to stderr", errno);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }
};

} // namespace

std::unique_ptr<Terminal> make_terminal() { return std::make_unique<PosixTerminal>(); }

void prepare_standard_streams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) (void)::open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY);
  }
  std::signal(SIGPIPE, SIG_IGN);
}

} // namespace rs::cli
