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
inline constexpr std::size_t kMaxWaitingOfLocalUsers = 64; // of these; the rest is for calls

// The audit file behind its one thread ("audit"). A file that cannot be opened now is tried again at the next record.
class AuditLog {
 public:
  using Done = std::function<void(Result<void>)>;
  enum class Asker { call, local_user };

  // The reactor outlives this.
  AuditLog(daemon::Reactor& reactor, std::string path);
  ~AuditLog(); // writes what waits; answers that are still due may not come any more
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // `done` is called once, on the reactor's thread: when the record is on the disk, or with `audit-unavailable`
  // (at once where as many wait as may).
  void append(session::AuditRecord record, Done done, Asker asker = Asker::call);

 private:
  struct Waiting {
    session::AuditRecord record;
    Done done;
    Asker asker;
  };
  void run();
  Result<void> write(session::AuditRecord record);

  daemon::Reactor& reactor_;
  const std::string path_;
  std::optional<AuditFile> file_; // the thread's
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;
  std::size_t of_local_users_ = 0; // in waiting_
  bool stopping_ = false;
  std::thread thread_; // last: it uses all of the above
};

} // namespace rs::agent
