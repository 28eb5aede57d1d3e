#pragma once

#include <functional>
#include <memory>
#include <string>

namespace rs::files {

// Runs tasks later, one after the other, in the order in which they came: on worker threads, an event loop, a test's queue.
using Executor = std::function<void(std::function<void()>)>;

// A few named threads for work that blocks, started when they are needed. Strands run beside each other as far as there are
// threads. What is queued when the pool is destroyed is still run, and waited for.
class WorkerPool {
 public:
  WorkerPool(std::string name, std::size_t most_threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // From any thread. Tasks that come after the pool's end are dropped.
  Executor strand();

 private:
  struct Shared;
  struct Strand;
  std::shared_ptr<Shared> shared_;
};

} // namespace rs::files
