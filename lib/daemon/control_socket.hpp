#pragma once

#include "daemon/reactor.hpp"
#include "describe/node.hpp"

#include <sys/types.h>
#include <functional>
#include <memory>
#include <string>

namespace rs::daemon {

// How a daemon's other verbs talk to it: one JSON line each way over a UNIX socket.
inline constexpr std::size_t kMaxControlLine = 1 << 20;
// Connections at once, the last eight kept for root; one more is answered with `limit`, one that has not sent its line
// after ten seconds is closed.
inline constexpr std::size_t kMaxConversations = 32;
inline constexpr std::size_t kMaxConversationsOfUser = 8;

struct PeerCredentials {
  uid_t uid = 0;
  pid_t pid = 0; // at the time of connecting
};

class ControlServer {
 public:
  using Reply = std::function<void(describe::Node)>; // once, now or later, on the reactor's thread
  using Handler = std::function<void(describe::Node request, PeerCredentials peer, Reply reply)>;

  // A socket that nobody listens on any more is replaced; `conflict`: somebody does; `usage`: the path is too long;
  // else as posix_error(). The path is removed at destruction. A line that is no JSON is answered with
  // {"error":{"code":"invalid","message":…}} and does not reach the handler.
  static Result<std::unique_ptr<ControlServer>> listen(Reactor& reactor, const std::string& path, mode_t mode, Handler handler);
  virtual ~ControlServer() = default;
};

// Blocks. `not-found`: no daemon there; `permission`; `timeout`; `connection-lost`: it went; `invalid`: no JSON came
// back; `limit`: the request is too long.
Result<describe::Node> control_call(const std::string& path, const describe::Node& request, Millis timeout);

} // namespace rs::daemon
