#include "agentd/services/warden.hpp"

#include "base/log.hpp"
#include "daemon/posix_error.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <optional>

namespace rs::agent {
namespace {

using daemon::Descriptor;

constexpr Logger log("warden");
constexpr timeval kSendWithin{.tv_sec = 1, .tv_usec = 0}; // it only ever waits for the next message

enum Kind : int { kWatch, kCloseStdin, kForget };

// The descriptor of kWatch, where there is one, rides beside it.
struct Message {
  int kind = kWatch;
  pid_t group = -1;
};

struct Envelope {
  explicit Envelope(Message& message) : part{&message, sizeof message} {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  iovec part;
  msghdr header{};
};

void put_descriptor(Envelope& envelope, int descriptor) {
  if (descriptor < 0) {
    envelope.header.msg_control = nullptr;
    envelope.header.msg_controllen = 0;
    return;
  }
  auto* control = CMSG_FIRSTHDR(&envelope.header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(control), &descriptor, sizeof descriptor);
}

Descriptor take_descriptor(Envelope& envelope) {
  const auto* control = CMSG_FIRSTHDR(&envelope.header);
  if (control == nullptr || control->cmsg_type != SCM_RIGHTS) return {};
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(control), sizeof descriptor);
  return Descriptor(descriptor);
}

struct Received {
  Message message;
  Descriptor descriptor;
};

// Nothing: the daemon has gone.
std::optional<Received> receive(int socket) {
  Received received;
  Envelope envelope(received.message);
  ssize_t size = 0;
  do size = ::recvmsg(socket, &envelope.header, MSG_CMSG_CLOEXEC);
  while (size < 0 && errno == EINTR);
  if (size != sizeof received.message) return std::nullopt;
  received.descriptor = take_descriptor(envelope);
  return received;
}

} // namespace

int warden_main() {
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr); // what is sent to the daemon's whole control group is not for this process
  std::map<pid_t, Descriptor> groups;
  while (auto received = receive(STDIN_FILENO)) {
    const auto [kind, group] = received->message;
    if (group <= 1) continue; // never everybody's
    if (kind == kWatch) groups[group] = std::move(received->descriptor);
    if (kind == kCloseStdin && groups.contains(group)) groups[group] = {};
    if (kind == kForget) groups.erase(group);
  }
  for (const auto& [group, stdin_end] : groups) ::kill(-group, SIGKILL);
  return 0;
}

Result<Warden::Started> spawn_warden() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return daemon::posix_error("socketpair", errno);
  Warden::Started started{Descriptor(ends[0]), -1};
  const Descriptor theirs(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes; // a group of its own: the terminal's signals are the daemon's
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::array<char*, 3> argv{const_cast<char*>("agentd"), const_cast<char*>("--warden"), nullptr};
  const int failed = ::posix_spawn(&started.pid, "/proc/self/exe", &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return daemon::posix_error("starting the warden", failed);
  return started;
}

Warden::~Warden() { end(); }

void Warden::end() {
  process_.socket = {};
  if (process_.pid > 0) ::waitpid(std::exchange(process_.pid, -1), nullptr, 0);
}

Result<void> Warden::start() {
  RS_TRY(process_, starter_());
  ::setsockopt(process_.socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kSendWithin, sizeof kSendWithin);
  return {};
}

// False: the process does not take it. It is ended then, so that it holds no stdin open.
bool Warden::send(int kind, pid_t group, int descriptor) {
  if (!process_.socket) return false;
  Message message{kind, group};
  Envelope envelope(message);
  put_descriptor(envelope, descriptor);
  ssize_t sent = 0;
  do sent = ::sendmsg(process_.socket.get(), &envelope.header, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent == sizeof message) return true;
  log.error("gone", {{"error", std::strerror(errno)}});
  ::kill(process_.pid, SIGKILL);
  end();
  return false;
}

Result<void> Warden::watch(pid_t group, int stdin_end) {
  if (send(kWatch, group, stdin_end)) return {};
  RS_CHECK(start());
  if (send(kWatch, group, stdin_end)) return {};
  return fail(Errc::io, "the warden of commands does not answer");
}

void Warden::close_stdin(pid_t group) { static_cast<void>(send(kCloseStdin, group, -1)); }
void Warden::forget(pid_t group) { static_cast<void>(send(kForget, group, -1)); }

} // namespace rs::agent
