#pragma once

#include "agentd/audit_file.hpp"
#include "daemon/reactor.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace rs::agent {

inline constexpr std::size_t kMaxWaitingAudits = 1024;

// The audit file behind its one thread ("audit"). A file that cannot be opened now is tried again at the next record.
class AuditLog {
 public:
  using Done = std::function<void(Result<void>)>;

  // The reactor outlives this.
  AuditLog(daemon::Reactor& reactor, std::string path);
  ~AuditLog(); // writes what waits; answers that are still due may not come any more
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // `done` is called once, on the reactor's thread: when the record is on the disk, or with `audit-unavailable`
  // (at once where kMaxWaitingAudits wait already).
  void append(session::AuditRecord record, Done done);

 private:
  struct Waiting {
    session::AuditRecord record;
    Done done;
  };
  void run();
  Result<void> write(session::AuditRecord record);

  daemon::Reactor& reactor_;
  const std::string path_;
  std::optional<AuditFile> file_; // the thread's
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;
  bool stopping_ = false;
  std::thread thread_; // last: it uses all of the above
};

} // namespace rs::agent
