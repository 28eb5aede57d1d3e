#include "agentd/audit_log.hpp"

#include "base/log.hpp"

namespace rs::agent {
namespace {

constexpr Logger log("audit");

} // namespace

AuditLog::AuditLog(daemon::Reactor& reactor, std::string path)
    : reactor_(reactor), path_(std::move(path)), thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "audit");
}

AuditLog::~AuditLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void AuditLog::append(session::AuditRecord record, Done done, Asker asker) {
  const bool local = asker == Asker::local_user;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < kMaxWaitingAudits && (!local || of_local_users_ < kMaxWaitingOfLocalUsers)) {
      if (local) ++of_local_users_;
      waiting_.push_back({std::move(record), std::move(done), asker});
      wake_.notify_one();
      return;
    }
  }
  const auto most = local ? kMaxWaitingOfLocalUsers : kMaxWaitingAudits;
  done(fail(Errc::audit_unavailable, "audit: " + std::to_string(most) + " records are waiting"));
}

void AuditLog::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    if (next.asker == Asker::local_user) --of_local_users_;
    lock.unlock();
    auto written = write(std::move(next.record));
    reactor_.post([done = std::move(next.done), written = std::move(written)] { done(written); });
  }
}

// Whatever is wrong with the file, a caller hears one code: what he asked for could not be recorded.
Result<void> AuditLog::write(session::AuditRecord record) {
  const auto refuse = [](const Error& why) {
    log.error("audit-failed", {{"error", why.message}});
    return fail(Errc::audit_unavailable, "audit: " + why.message);
  };
  if (!file_) {
    auto opened = AuditFile::open(path_);
    if (!opened) return refuse(opened.error());
    file_.emplace(std::move(*opened));
  }
  if (auto sealed = file_->append(std::move(record)); !sealed) return refuse(sealed.error());
  return {};
}

} // namespace rs::agent
