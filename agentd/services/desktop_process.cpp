#include "agentd/services/desktop_process.hpp"

#include "agentd/services/account.hpp"
#include "agentd/services/program_path.hpp"
#include "daemon/posix_error.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <fcntl.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>

namespace rs::agent {
namespace {

namespace asio = boost::asio;
using Waited = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

constexpr const char* kProgram = "agentd-desktop";
constexpr const char* kPackaged = "/usr/libexec:/usr/lib/agentd";

std::string own_directory() {
  std::array<char, PATH_MAX> path;
  const auto size = ::readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return "/usr/bin";
  const std::string text(path.data(), static_cast<std::size_t>(size));
  return text.substr(0, text.rfind('/'));
}

Result<Account> account_of(std::uint32_t uid) {
  if (uid == ::geteuid()) return own_account();
  std::array<char, 16 * 1024> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return fail(Errc::unsupported, "the display belongs to user " + std::to_string(uid) + ", who is unknown on this machine");
  return find_account(found->pw_name);
}

std::vector<std::string> environment_for(const DisplayTarget& target, const Account& account) {
  const char* lang = std::getenv("LANG");
  std::vector<std::string> environment = {
      "DISPLAY=" + target.display,
      "HOME=" + account.home,
      "PATH=/usr/local/bin:/usr/bin:/bin",
      std::string("LANG=") + (lang != nullptr && *lang != '\0' ? lang : "C.UTF-8"),
  };
  if (!target.xauthority.empty()) environment.push_back("XAUTHORITY=" + target.xauthority);
  return environment;
}

Result<std::vector<std::string>> argv_for(const std::string& program, const Account& account) {
  if (account.uid == ::geteuid()) return std::vector<std::string>{program};
  if (!is_root()) return fail(Errc::permission, "the display belongs to " + account.name + ", and this agent is not root");
  return std::vector<std::string>{"/proc/self/exe", "--run-as", account.name, "--", program}; // run_as.hpp
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const auto& text : strings) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

Result<pid_t> spawn(const std::vector<std::string>& argv, const std::vector<std::string>& environment, int socket) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0); // it is another user's process
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  posix_spawnattr_t attributes; // signals at their defaults; a session of its own: no terminal of the daemon's
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  sigset_t signals;
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  pid_t pid = -1;
  const int failed =
      ::posix_spawn(&pid, argv.front().c_str(), &actions, &attributes, pointers(argv).data(), pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return daemon::posix_error("starting " + argv.back(), failed);
  return pid;
}

} // namespace

// Kept alive by its wait in the reactor, so that it is reaped whenever it ends.
struct DesktopProcess::Child : std::enable_shared_from_this<Child> {
  Child(asio::io_context& context, pid_t p) : pid(p), exit(context) {}

  void wait_exit(int pidfd) {
    exit.assign(pidfd);
    exit.async_wait(Waited::wait_read, [self = shared_from_this()](boost::system::error_code error) {
      if (!error) self->reaped = ::waitpid(self->pid, nullptr, WNOHANG) == self->pid;
    });
  }

  const pid_t pid;
  bool reaped = false; // then the pid may be a stranger's
  Waited exit;         // a pidfd
};

Result<std::string> find_desktop_program() {
  auto found = program_path(kProgram, own_directory() + ":" + kPackaged);
  if (found) return found;
  return fail(Errc::unsupported, "this agent has no agentd-desktop; install the package agentd-desktop there");
}

Result<std::unique_ptr<DesktopProcess>> DesktopProcess::start(daemon::Reactor& reactor, const std::string& program,
                                                              const DisplayTarget& target) {
  RS_TRY(const auto account, account_of(target.uid));
  RS_TRY(const auto argv, argv_for(program, account));
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return daemon::posix_error("socketpair", errno);
  daemon::Descriptor ours(ends[0]);
  const daemon::Descriptor theirs(ends[1]);
  RS_TRY(const auto pid, spawn(argv, environment_for(target, account), theirs.get()));
  auto child = std::make_shared<Child>(reactor.context(), pid);
  std::unique_ptr<DesktopProcess> process(new DesktopProcess(child, std::move(ours)));
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) return daemon::posix_error("pidfd_open", errno);
  child->wait_exit(pidfd);
  return process;
}

DesktopProcess::~DesktopProcess() {
  if (!child_->reaped) ::kill(child_->pid, SIGKILL);
}

pid_t DesktopProcess::pid() const { return child_->pid; }

} // namespace rs::agent
