#pragma once

#include "base/result.hpp"
#include "daemon/descriptor.hpp"

#include <sys/types.h>
#include <functional>

namespace rs::agent {

// A small process beside the daemon that outlives it by a moment. It holds the write end of every command's stdin too,
// so that a daemon that dies does not close it; when the daemon's end of the socket closes, it kills the process group
// of every command and only then lets go of their stdin. One thread.
class Warden {
 public:
  struct Started {
    daemon::Descriptor socket; // SOCK_SEQPACKET; the other end is the process's
    pid_t pid = -1;
  };
  using Starter = std::function<Result<Started>()>;

  explicit Warden(Starter starter) : starter_(std::move(starter)) {}
  ~Warden(); // the process ends, and with it what is still watched
  Warden(const Warden&) = delete;
  Warden& operator=(const Warden&) = delete;

  // The process; else it is started by the first watch(), and by any that finds it gone.
  Result<void> start();
  // Before any byte of stdin is written. `stdin_end` is copied; -1: the command has none. After an
  // error the command is not guarded, and must not go on.
  Result<void> watch(pid_t group, int stdin_end);
  // The copy of stdin closes; the daemon closes its own.
  void close_stdin(pid_t group);
  // While the group's leader is not reaped yet: afterwards its id may be a stranger's.
  void forget(pid_t group);

 private:
  bool send(int kind, pid_t group, int descriptor);
  void end();

  Starter starter_;
  Started process_;
};

// The hidden mode `agentd --warden` of this program.
Result<Warden::Started> spawn_warden();

// Its whole work, with the socket as stdin; what the process must exit with.
int warden_main();

} // namespace rs::agent
