#pragma once

#include "relayd/store/store.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace rs::store {

inline constexpr std::size_t kMaxQueuedTasks = 4096;
inline constexpr std::size_t kMaxQueuedAudits = 16'384;
inline constexpr std::size_t kMaxAuditGroup = 100; // records in one transaction

// The one thread that owns the store. Callbacks run on it: they post to their own thread and never block.
// Tasks run in order. Audit records are committed in order, in groups: at once when idle; who arrives meanwhile
// forms the next group. Between a task and an audit record there is no order.
class StoreWorker {
 public:
  using Task = std::function<void(Store&)>;
  using Committed = std::function<void(Result<void>)>;

  explicit StoreWorker(std::unique_ptr<Store> store);
  ~StoreWorker(); // does what is queued, then ends
  StoreWorker(const StoreWorker&) = delete;
  StoreWorker& operator=(const StoreWorker&) = delete;

  // From any thread. `limit`: the queue is full; the task is dropped.
  Result<void> submit(Task task);
  // From any thread. `committed` is called once: when the record is on the disk, or with `audit-unavailable` (at
  // once, on the caller's thread, where the queue is full), or with what is wrong with this record.
  void audit(AuditRecord record, Committed committed);

 private:
  struct Pending {
    AuditRecord record;
    Committed committed;
  };
  void run();
  std::vector<Pending> take_group();
  void commit(std::vector<Pending>& group);

  std::unique_ptr<Store> store_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  std::deque<Pending> audits_;
  bool stopping_ = false;
  std::thread thread_; // last: it uses all of the above
};

} // namespace rs::store
