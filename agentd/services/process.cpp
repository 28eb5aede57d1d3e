#include "agentd/services/process.hpp"

#include "agentd/services/program_path.hpp"
#include "base/os_string.hpp"
#include "daemon/descriptor.hpp"
#include "daemon/posix_error.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>

namespace rs::agent {
namespace {

using Fd = daemon::Descriptor;
using Descriptor = boost::asio::posix::stream_descriptor;

constexpr int kPipeBytes = 1 << 20; // fewer, larger reads; refused to users who hold many pipes, then the default stays

struct Pipe {
  Fd ours;
  Fd childs;
};

// Above the three that the child's own are moved to, whatever the daemon was started with.
Result<Fd> lifted(Fd fd) {
  if (fd.get() > STDERR_FILENO) return fd;
  Fd above(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (above.get() < 0) return daemon::posix_error("pipe", errno);
  return above;
}

Result<Pipe> make_pipe(bool we_write) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return daemon::posix_error("pipe", errno);
  Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  static_cast<void>(::fcntl(write_end.get(), F_SETPIPE_SZ, kPipeBytes));
  Pipe pipe;
  pipe.ours = std::move(we_write ? write_end : read_end);
  RS_TRY(pipe.childs, lifted(std::move(we_write ? read_end : write_end)));
  if (::fcntl(pipe.ours.get(), F_SETFL, O_NONBLOCK) != 0) return daemon::posix_error("pipe", errno);
  return pipe;
}

struct Pipes {
  std::optional<Pipe> in;
  Pipe out;
  Pipe err;
};

Result<Pipes> make_pipes(bool use_stdin) {
  Pipes pipes;
  if (use_stdin) {
    RS_TRY(pipes.in, make_pipe(true));
  }
  RS_TRY(pipes.out, make_pipe(false));
  RS_TRY(pipes.err, make_pipe(false));
  return pipes;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const auto& text : strings) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

class FileActions {
 public:
  FileActions(const Pipes& pipes, const std::string& cwd) {
    posix_spawn_file_actions_init(&actions_);
    if (pipes.in) posix_spawn_file_actions_adddup2(&actions_, pipes.in->childs.get(), STDIN_FILENO);
    else posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, pipes.out.childs.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, pipes.err.childs.get(), STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    if (!cwd.empty()) posix_spawn_file_actions_addchdir_np(&actions_, cwd.c_str());
  }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

Error spawn_error(const std::string& program, int error) {
  const auto shown = escape_for_display(program);
  switch (error) {
    case ENOENT:
    case ENOTDIR: return fail(Errc::not_found, shown + ": no such program (or its interpreter is missing)");
    case EACCES:
    case EPERM: return fail(Errc::permission, shown + ": not executable");
    case ENOEXEC: return fail(Errc::unsupported, shown + ": no program for this system");
    case E2BIG: return fail(Errc::limit, shown + ": the system takes no arguments of this size");
    default: return daemon::posix_error(shown, error);
  }
}

Result<pid_t> start(const SpawnOptions& options, const Pipes& pipes) {
  if (!options.cwd.empty()) RS_CHECK(check_directory(options.cwd));
  auto argv = options.argv;
  if (argv.empty()) return fail(Errc::invalid, "argv: empty");
  RS_TRY(auto program, program_path(argv.front(), env_value(options.env, "PATH")));
  if (!options.run_as_prefix.empty()) {
    argv.front() = program;
    argv.insert(argv.begin(), options.run_as_prefix.begin(), options.run_as_prefix.end());
    program = argv.front();
  }
  const FileActions actions(pipes, options.cwd);
  const Attributes attributes;
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, program.c_str(), actions.get(), attributes.get(), pointers(argv).data(), pointers(options.env).data());
  if (error != 0) return spawn_error(options.argv.front(), error);
  return pid;
}

ExitStatus status_of(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return {info.si_status, std::nullopt};
  return {std::nullopt, info.si_status};
}

} // namespace

// Kept alive by the waits in the reactor, `events` only while the Process lives.
struct Process::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& context, pid_t p, Warden* w, Events& e)
      : pid(p), warden(w), events(&e), exit(context), in(context), out(context), err(context) {}
  ~Impl() { reap(); }

  Descriptor& descriptor(Output output) { return output == Output::out ? out : err; }

  void wait_exit();
  void wait_readable(Output output);
  void wait_stdin();
  void on_exited();
  void close_stdin();
  void reap();

  const pid_t pid;
  Warden* const warden; // may be null
  Events* events;       // null once the Process has gone
  bool exited = false;
  bool reaped = false;
  bool waiting_stdin = false;
  std::array<bool, 2> waiting_output{};
  Descriptor exit; // a pidfd: readable when the child has exited
  Descriptor in;
  Descriptor out;
  Descriptor err;
};

// Gives the pid back. Only what has exited is waited for, so this never blocks.
void Process::Impl::reap() {
  siginfo_t info{};
  if (reaped || ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT | WNOHANG) != 0 || info.si_pid != pid) return;
  if (warden != nullptr) warden->forget(pid);
  reaped = ::waitpid(pid, nullptr, WNOHANG) == pid;
}

void Process::Impl::close_stdin() {
  if (!in.is_open()) return;
  if (warden != nullptr) warden->close_stdin(pid);
  boost::system::error_code ignored;
  in.close(ignored);
}

void Process::Impl::wait_exit() {
  exit.async_wait(Descriptor::wait_read, [self = shared_from_this()](boost::system::error_code error) {
    if (!error) self->on_exited();
  });
}

void Process::Impl::on_exited() {
  exited = true;
  boost::system::error_code ignored;
  exit.close(ignored);
  if (events == nullptr) return reap();
  siginfo_t info{};
  static_cast<void>(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT));
  events->on_exit(status_of(info));
}

void Process::Impl::wait_readable(Output output) {
  auto& waiting = waiting_output[static_cast<std::size_t>(output)];
  if (std::exchange(waiting, true)) return;
  descriptor(output).async_wait(Descriptor::wait_read, [self = shared_from_this(), output](boost::system::error_code error) {
    self->waiting_output[static_cast<std::size_t>(output)] = false;
    if (!error && self->events != nullptr) self->events->on_readable(output);
  });
}

void Process::Impl::wait_stdin() {
  if (std::exchange(waiting_stdin, true)) return;
  in.async_wait(Descriptor::wait_write, [self = shared_from_this()](boost::system::error_code error) {
    self->waiting_stdin = false;
    if (!error && self->events != nullptr) self->events->on_stdin_writable();
  });
}

Process::Process(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Process::~Process() {
  impl_->events = nullptr;
  if (!impl_->exited) kill_group();
  boost::system::error_code ignored;
  for (auto* descriptor : {&impl_->in, &impl_->out, &impl_->err}) descriptor->close(ignored);
  if (impl_->exited) impl_->reap();
}

// Watched by the warden; the descriptor becomes readable at the child's exit. A child that is not reaped yet keeps its
// pid, so it is the right one.
Result<daemon::Descriptor> Process::guard(Impl& impl, int stdin_end) {
  if (impl.warden != nullptr) RS_CHECK(impl.warden->watch(impl.pid, stdin_end));
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, impl.pid, 0)));
  if (!pidfd) return daemon::posix_error("pidfd_open", errno);
  return pidfd;
}

Result<std::unique_ptr<Process>> Process::spawn(daemon::Reactor& reactor, const SpawnOptions& options, Events& events) {
  std::signal(SIGPIPE, SIG_IGN); // a write to a closed stdin is an error, not the daemon's end
  RS_TRY(auto pipes, make_pipes(options.use_stdin));
  RS_TRY(const auto pid, start(options, pipes));
  auto impl = std::make_shared<Impl>(reactor.context(), pid, options.warden, events);
  std::unique_ptr<Process> process(new Process(impl));
  auto pidfd = guard(*impl, pipes.in ? pipes.in->ours.get() : -1);
  if (!pidfd) {
    process->kill_group();
    impl->exited = ::waitid(P_PID, static_cast<id_t>(pid), nullptr, WEXITED | WNOWAIT) == 0;
    return pidfd.error();
  }
  impl->exit.assign(pidfd->release());
  if (pipes.in) impl->in.assign(pipes.in->ours.release());
  impl->out.assign(pipes.out.ours.release());
  impl->err.assign(pipes.err.ours.release());
  impl->wait_exit();
  impl->wait_readable(Output::out);
  impl->wait_readable(Output::err);
  return process;
}

ReadResult Process::read(Output output, MutableBytes room) {
  auto& descriptor = impl_->descriptor(output);
  if (!descriptor.is_open()) return {0, ReadEnd::eof};
  for (;;) {
    const ssize_t size = ::read(descriptor.native_handle(), room.data(), room.size());
    if (size > 0) return {static_cast<std::size_t>(size), {}};
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      impl_->wait_readable(output);
      return {0, ReadEnd::would_block};
    }
    boost::system::error_code ignored;
    descriptor.close(ignored);
    return {0, ReadEnd::eof};
  }
}

std::size_t Process::readable(Output output) const {
  auto& descriptor = impl_->descriptor(output);
  int size = 0;
  if (!descriptor.is_open() || ::ioctl(descriptor.native_handle(), FIONREAD, &size) != 0) return 0;
  return static_cast<std::size_t>(size);
}

bool Process::at_end(Output output) const {
  auto& descriptor = impl_->descriptor(output);
  if (!descriptor.is_open()) return true;
  pollfd asked{descriptor.native_handle(), POLLIN, 0};
  return ::poll(&asked, 1, 0) == 1 && (asked.revents & POLLIN) == 0 && (asked.revents & (POLLHUP | POLLERR)) != 0;
}

void Process::wait_readable(Output output) {
  if (impl_->descriptor(output).is_open()) impl_->wait_readable(output);
}

Result<std::size_t> Process::write_stdin(ByteView bytes) {
  if (!impl_->in.is_open()) return fail(Errc::connection_lost, "stdin is closed");
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const ssize_t size = ::write(impl_->in.native_handle(), bytes.data() + taken, bytes.size() - taken);
    if (size >= 0) {
      taken += static_cast<std::size_t>(size);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      impl_->wait_stdin();
      return taken;
    } else if (errno != EINTR) {
      close_stdin();
      return fail(Errc::connection_lost, "the process has closed its stdin");
    }
  }
  return taken;
}

void Process::close_stdin() { impl_->close_stdin(); }

void Process::kill_group() {
  if (!impl_->reaped) ::kill(-impl_->pid, SIGKILL);
}

} // namespace rs::agent
