#include "relayd/store/store_worker.hpp"

#include "base/log.hpp"

#include <exception>

namespace rs::store {
namespace {

constexpr Logger log("store");

void run_task(const StoreWorker::Task& task, Store& store) {
  try {
    task(store);
  } catch (const std::exception& error) {
    log.error("task-failed", {{"error", error.what()}});
  }
}

} // namespace

StoreWorker::StoreWorker(std::unique_ptr<Store> store) : store_(std::move(store)), thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "store");
}

StoreWorker::~StoreWorker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

Result<void> StoreWorker::submit(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (tasks_.size() >= kMaxQueuedTasks)
      return fail(Errc::limit, "the store is busy: " + std::to_string(kMaxQueuedTasks) + " tasks are waiting");
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
  return {};
}

void StoreWorker::audit(AuditRecord record, Committed committed) {
  {
    const std::lock_guard lock(mutex_);
    if (audits_.size() < kMaxQueuedAudits) {
      audits_.push_back({std::move(record), std::move(committed)});
      wake_.notify_one();
      return;
    }
  }
  committed(fail(Errc::audit_unavailable, "audit: " + std::to_string(kMaxQueuedAudits) + " records are waiting"));
}

std::vector<StoreWorker::Pending> StoreWorker::take_group() {
  std::vector<Pending> group;
  while (!audits_.empty() && group.size() < kMaxAuditGroup) {
    group.push_back(std::move(audits_.front()));
    audits_.pop_front();
  }
  return group;
}

void StoreWorker::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !tasks_.empty() || !audits_.empty(); });
    if (tasks_.empty() && audits_.empty()) return;
    auto group = take_group();
    Task task;
    if (!tasks_.empty()) {
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    lock.unlock();
    if (!group.empty()) commit(group);
    if (task) run_task(task, *store_);
  }
}

// One record that the chain refuses must not take its neighbours with it: then each goes alone.
void StoreWorker::commit(std::vector<Pending>& group) {
  std::vector<AuditRecord> records;
  records.reserve(group.size());
  for (const auto& pending : group) records.push_back(pending.record);
  auto sealed = store_->append_audit(records);
  const bool alone = !sealed && sealed.error().code != Errc::audit_unavailable && group.size() > 1;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (alone) sealed = store_->append_audit({&records[i], 1});
    if (!sealed) log.error("audit-failed", {{"action", records[i].action}, {"error", sealed.error().message}});
    group[i].committed(sealed ? Result<void>() : Result<void>(sealed.error()));
  }
}

} // namespace rs::store
