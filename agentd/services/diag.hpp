#pragma once

#include "agentd/services/diag/probe.hpp"
#include "daemon/reactor.hpp"
#include "session/diag_messages.hpp"
#include "session/service.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace rs::agent {

inline constexpr std::size_t kMaxWaitingDiags = 64;                     // calls
inline constexpr Millis kDiagWork = session::kDiagTime - Millis{1'000}; // of one group; the rest is for the answer's way

// Reads sections on its one thread ("diag"), which the first call starts. Calls that come while it is busy form the next
// group, and each section is then read once for all of them.
class DiagWorker {
 public:
  // One call's question. `deliver` is called on the reactor's thread, once for each section.
  struct Asker {
    std::vector<session::DiagSection> sections;
    std::function<void(session::DiagReport part)> deliver;
    std::atomic<bool> gone = false; // set on the reactor's thread: nothing is delivered any more
  };

  // Reactor and clock outlive this.
  DiagWorker(daemon::Reactor& reactor, const Clock& clock) : reactor_(reactor), clock_(clock) {}
  ~DiagWorker(); // ends what runs; what waits is not answered
  DiagWorker(const DiagWorker&) = delete;
  DiagWorker& operator=(const DiagWorker&) = delete;

  // `limit` where too many wait.
  Result<void> ask(std::shared_ptr<Asker> asker);
  daemon::Reactor& reactor() { return reactor_; }

 private:
  using Group = std::vector<std::shared_ptr<Asker>>;
  void run();
  void work(const Group& group);
  void deliver(session::DiagSection section, const session::DiagReport& part, const Group& group);

  daemon::Reactor& reactor_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Group waiting_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_; // last: it uses all of the above
};

// The row of "diag.read". The worker outlives it.
session::Service diag_service(DiagWorker& worker);

} // namespace rs::agent
