#include "files/executor.hpp"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace rs::files {

struct WorkerPool::Strand {
  std::deque<std::function<void()>> tasks;
  bool runs = false; // or waits in Shared::ready
};

struct WorkerPool::Shared : std::enable_shared_from_this<Shared> {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::shared_ptr<Strand>> ready;
  std::vector<std::thread> threads;
  std::string name;
  std::size_t most_threads = 0;
  std::size_t idle = 0;
  bool stop = false;

  void push(const std::shared_ptr<Strand>& strand, std::function<void()> task);
  void loop();
};

void WorkerPool::Shared::push(const std::shared_ptr<Strand>& strand, std::function<void()> task) {
  const std::lock_guard lock(mutex);
  if (stop) return;
  strand->tasks.push_back(std::move(task));
  if (std::exchange(strand->runs, true)) return;
  ready.push_back(strand);
  if (idle < ready.size() && threads.size() < most_threads) {
    threads.emplace_back([self = shared_from_this()] { self->loop(); });
    ::pthread_setname_np(threads.back().native_handle(), name.c_str());
  }
  wake.notify_one();
}

void WorkerPool::Shared::loop() {
  std::unique_lock lock(mutex);
  for (;;) {
    ++idle;
    wake.wait(lock, [this] { return stop || !ready.empty(); });
    --idle;
    if (ready.empty()) return;
    const auto strand = std::move(ready.front());
    ready.pop_front();
    auto task = std::move(strand->tasks.front());
    strand->tasks.pop_front();
    lock.unlock();
    task();
    task = nullptr; // what it holds goes without the lock
    lock.lock();
    strand->runs = !strand->tasks.empty();
    if (strand->runs) ready.push_back(strand);
  }
}

WorkerPool::WorkerPool(std::string name, std::size_t most_threads) : shared_(std::make_shared<Shared>()) {
  shared_->name = name.substr(0, 15); // the system's limit
  shared_->most_threads = most_threads;
}

WorkerPool::~WorkerPool() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stop = true;
    threads.swap(shared_->threads);
  }
  shared_->wake.notify_all();
  for (auto& thread : threads) thread.join();
}

Executor WorkerPool::strand() {
  return [shared = shared_, strand = std::make_shared<Strand>()](std::function<void()> task) {
    shared->push(strand, std::move(task));
  };
}

} // namespace rs::files
