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
#include <mutex>

namespace rs::agent::diag {
namespace {

constexpr Millis kLookEvery{50};       // whether somebody still waits
constexpr Millis kEndWithin{2'000};    // of a killed program
constexpr std::size_t kMaxEndless = 4; // killed programs that have not ended; then no further one is started

// One program's run on a reactor of its own, on this thread.
class ToolRun final : private Process::Events {
 public:
  struct Done {
    Result<std::string> printed;
    bool has_ended = true; // the program
  };
  Done run(const Probe& probe, const SpawnOptions& options) {
    auto process = Process::spawn(reactor_, options, *this);
    if (!process) return {process.error()};
    process_ = std::move(*process);
    look(probe, probe.clock().boot() + kToolTime);
    reactor_.run_until(done_);
    timer_.cancel();
    auto printed = result(options.argv.front());
    if (!status_) wait_for_end();
    return {std::move(printed), status_.has_value()};
  }

  // Of one that has been killed: whether it has ended by now. It is reaped when this goes.
  bool has_ended() {
    done_ = status_.has_value();
    timer_.after(Millis{0}, [this] { done_ = true; }); // after what is ready, other than what is posted
    reactor_.run_until(done_);
    return status_.has_value();
  }

 private:
  Result<std::string> result(const std::string& name) {
    if (!status_ || !out_ended_) return fail(Errc::timeout, "timeout");
    if (status_->exit_code != 0 && out_.empty()) return fail(Errc::io, name + ": " + reason());
    return std::move(out_);
  }
  // What waits for a disk or a server that is gone does not even end by SIGKILL.
  void wait_for_end() {
    process_->kill_group();
    out_ended_ = err_ended_ = true;
    done_ = false;
    timer_.after(kEndWithin, [this] { done_ = true; });
    reactor_.run_until(done_);
    timer_.cancel();
  }
  void look(const Probe& probe, BootTime ends) {
    if (probe.is_over() || probe.clock().boot() >= ends) done_ = true;
    else timer_.after(kLookEvery, [this, &probe, ends] { look(probe, ends); });
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

  daemon::Reactor reactor_;
  daemon::Reactor::Timer timer_{reactor_};
  std::unique_ptr<Process> process_;
  std::optional<ExitStatus> status_;
  std::string out_;
  std::string err_;
  bool out_ended_ = false;
  bool err_ended_ = false;
  bool done_ = false;
};

// Those that were killed and have not ended. A later run looks after them, from whatever thread.
struct Endless {
  std::mutex mutex;
  std::vector<std::unique_ptr<ToolRun>> runs;

  std::size_t reap() {
    const std::lock_guard lock(mutex);
    std::erase_if(runs, [](const auto& run) { return run->has_ended(); });
    return runs.size();
  }
  void add(std::unique_ptr<ToolRun> run) {
    const std::lock_guard lock(mutex);
    runs.push_back(std::move(run));
  }
};

Endless& endless() {
  static Endless runs;
  return runs;
}

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
  if (endless().reap() >= kMaxEndless) return fail(Errc::limit, "not started: earlier programs do not end");
  auto run = std::make_unique<ToolRun>();
  auto done = run->run(*this, options);
  if (!done.has_ended) endless().add(std::move(run));
  return std::move(done.printed);
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
