#include "relayd/api/password_worker.hpp"

#include "crypto/password.hpp"

namespace rs::relay {

PasswordWorker::PasswordWorker() : thread_([this] { run(); }) {}

PasswordWorker::~PasswordWorker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

Result<void> PasswordWorker::verify(std::string password, std::string phc, std::function<void(bool)> done) {
  const std::lock_guard lock(mutex_);
  if (tasks_.size() >= kMaxWaitingPasswords) return fail(Errc::limit, "sign-ins that wait: " + std::to_string(kMaxWaitingPasswords));
  tasks_.push_back({std::move(password), std::move(phc), std::move(done)});
  wake_.notify_one();
  return {};
}

void PasswordWorker::run() {
  nobody_ = crypto::hash_password(base64url(crypto::system_random().array<32>()), crypto::system_random());
  for (std::unique_lock lock(mutex_);;) {
    wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (stopping_) return;
    const auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    const bool known = !task.phc.empty();
    const auto same = crypto::verify_password(task.password, known ? task.phc : nobody_);
    task.done(known && same && *same);
    lock.lock();
  }
}

} // namespace rs::relay
