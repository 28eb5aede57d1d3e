#include "relayd/api/password_worker.hpp"

#include "crypto/password.hpp"

#include <algorithm>

namespace rs::relay {

PasswordWorker::PasswordWorker() : thread_([this] { run(); }) {}

PasswordWorker::~PasswordWorker() { stop(); }

void PasswordWorker::stop() {
  decltype(waiting_) dropped; // their callbacks go without the lock
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
    count_ = 0;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Result<void> PasswordWorker::verify(const std::string& from, std::string password, std::string phc,
                                    std::function<void(bool)> done) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return fail(Errc::limit, "the relay is shutting down");
  if (count_ >= kMaxWaitingPasswords) return fail(Errc::limit, "sign-ins that wait: " + std::to_string(kMaxWaitingPasswords));
  auto group = std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& one) { return one.first == from; });
  if (group == waiting_.end()) group = waiting_.emplace(waiting_.end(), from, std::deque<Task>());
  if (group->second.size() >= kMaxWaitingOfOne)
    return fail(Errc::limit, "sign-ins that wait, of one address: " + std::to_string(kMaxWaitingOfOne));
  group->second.push_back({std::move(password), std::move(phc), std::move(done)});
  ++count_;
  wake_.notify_one();
  return {};
}

PasswordWorker::Task PasswordWorker::take_next() {
  auto group = std::move(waiting_.front());
  waiting_.pop_front();
  auto task = std::move(group.second.front());
  group.second.pop_front();
  --count_;
  if (!group.second.empty()) waiting_.push_back(std::move(group));
  return task;
}

void PasswordWorker::run() {
  nobody_ = crypto::hash_password(base64url(crypto::system_random().array<32>()), crypto::system_random());
  for (std::unique_lock lock(mutex_);;) {
    wake_.wait(lock, [this] { return stopping_ || count_ > 0; });
    if (stopping_) return;
    const auto task = take_next();
    lock.unlock();
    const bool known = !task.phc.empty();
    const auto same = crypto::verify_password(task.password, known ? task.phc : nobody_);
    task.done(known && same && *same);
    lock.lock();
  }
}

} // namespace rs::relay
