#include "agentd/services/diag/probe.hpp"

#include "agentd/services/diag/scan.hpp"
#include "agentd/services/process.hpp"
#include "daemon/descriptor.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

namespace rs::agent::diag {
namespace {

constexpr Millis kLookEvery{50}; // whether somebody still waits

// One program's run on a reactor of its own, on this thread.
class ToolRun final : private Process::Events {
 public:
  explicit ToolRun(const Probe& probe) : probe_(probe), timer_(reactor_) {}

  Result<std::string> run(const SpawnOptions& options) {
    ends_ = probe_.clock().boot() + kToolTime;
    RS_TRY(process_, Process::spawn(reactor_, options, *this));
    look();
    reactor_.run_until(done_);
    timer_.cancel();
    process_.reset();
    reactor_.run(); // a killed one is reaped
    const auto& name = options.argv.front();
    if (!status_ || !out_ended_) return fail(Errc::timeout, "timeout");
    if (status_->exit_code != 0 && out_.empty()) return fail(Errc::io, name + ": " + reason());
    return std::move(out_);
  }

 private:
  void look() {
    if (probe_.is_over() || probe_.clock().boot() >= ends_) done_ = true;
    else timer_.after(kLookEvery, [this] { look(); });
  }
  void on_readable(Output output) override {
    const bool is_out = output == Output::out;
    std::array<std::uint8_t, 16 << 10> room;
    for (;;) {
      const auto read = process_->read(output, room);
      if (read.size == 0 && read.end == ReadEnd::would_block) return;
      if (read.size == 0) {
        (is_out ? out_ended_ : err_ended_) = true;
        return finish_if_done();
      }
      auto& into = is_out ? out_ : err_;
      const auto most = is_out ? kMaxSystemFile : kMaxText;
      into.append(as_text(ByteView(room).first(std::min(read.size, most - into.size()))));
    }
  }
  void on_stdin_writable() override {}
  void on_exit(const ExitStatus& status) override {
    status_ = status;
    finish_if_done();
  }
  void finish_if_done() { done_ |= status_ && out_ended_ && err_ended_; }
  std::string reason() const {
    const auto lines = lines_of(err_);
    if (!lines.empty()) return std::string(lines.front());
    return status_->exit_code ? "exit code " + std::to_string(*status_->exit_code) : "killed";
  }

  const Probe& probe_;
  daemon::Reactor reactor_;
  daemon::Reactor::Timer timer_;
  std::unique_ptr<Process> process_;
  BootTime ends_;
  std::optional<ExitStatus> status_;
  std::string out_;
  std::string err_;
  bool out_ended_ = false;
  bool err_ended_ = false;
  bool done_ = false;
};

struct DirectoryCloser {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

} // namespace

void Probe::pause(Millis duration) const {
  const auto until = std::min(deadline_, clock_.boot() + duration);
  for (auto now = clock_.boot(); now < until && !gone_(); now = clock_.boot())
    ::poll(nullptr, 0, static_cast<int>(std::min(kLookEvery, until - now).count()));
}

Result<std::string> Probe::run(std::vector<std::string> argv) const {
  SpawnOptions options;
  options.argv = std::move(argv);
  options.env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"};
  options.cwd = "/";
  return ToolRun(*this).run(options);
}

std::optional<std::string> read_text(const std::string& path) {
  const daemon::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return std::nullopt;
  std::string text;
  for (std::size_t room = 4096; text.size() < kMaxSystemFile; room *= 2) {
    const auto before = text.size();
    text.resize(before + std::min(room, kMaxSystemFile - before));
    const ssize_t size = ::read(file.get(), text.data() + before, text.size() - before);
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
  }
  if (text.empty()) return std::nullopt;
  return text;
}

std::optional<std::string> read_line(const std::string& path) {
  const auto text = read_text(path);
  const auto line = text ? trimmed(*text) : std::string_view();
  if (line.empty()) return std::nullopt;
  return short_text(line);
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, DirectoryCloser> open(::opendir(directory.c_str()));
  if (!open) return names;
  while (names.size() < kMaxNames) {
    const auto* entry = ::readdir(open.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::optional<std::string> link_target(const std::string& path) {
  std::string target(4096, '\0');
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  if (size <= 0) return std::nullopt;
  target.resize(static_cast<std::size_t>(size));
  return target;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

} // namespace rs::agent::diag
