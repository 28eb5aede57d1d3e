#pragma once

#include "agentd/services/display.hpp"
#include "daemon/descriptor.hpp"
#include "daemon/reactor.hpp"

#include <sys/types.h>
#include <memory>

namespace rs::agent {

// The path of agentd-desktop: beside this program, or where packages put it. `unsupported`: it is not installed.
Result<std::string> find_desktop_program();

// One running agentd-desktop, as the user whose display it is, in a session of its own, with nothing of the
// daemon's but a socket as stdin. It ends when the socket closes, and is killed when this object goes, or the daemon.
class DesktopProcess {
 public:
  // `unsupported`: no such program, or no such user; `permission`: we may not become that user; else `io`.
  static Result<std::unique_ptr<DesktopProcess>> start(daemon::Reactor& reactor, const std::string& program,
                                                       const DisplayTarget& target);
  ~DesktopProcess();
  DesktopProcess(const DesktopProcess&) = delete;
  DesktopProcess& operator=(const DesktopProcess&) = delete;

  pid_t pid() const;
  // Our end of a SOCK_STREAM pair; may be taken once.
  daemon::Descriptor take_socket() { return std::move(socket_); }

 private:
  struct Child;
  DesktopProcess(std::shared_ptr<Child> child, daemon::Descriptor socket)
      : child_(std::move(child)), socket_(std::move(socket)) {}
  std::shared_ptr<Child> child_;
  daemon::Descriptor socket_;
};

} // namespace rs::agent
