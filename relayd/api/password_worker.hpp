#pragma once

#include "base/result.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace rs::relay {

inline constexpr std::size_t kMaxWaitingPasswords = 64;

// The one thread that compares passwords: argon2id costs tens of milliseconds of CPU, and so must neither run on an I/O
// thread nor on as many threads as somebody sends requests.
class PasswordWorker {
 public:
  PasswordWorker();
  ~PasswordWorker(); // drops what waits
  // `phc` empty: there is no such user; as much is computed all the same. `done` runs on the worker's thread. `limit`: too
  // many wait.
  Result<void> verify(std::string password, std::string phc, std::function<void(bool)> done);

 private:
  struct Task {
    std::string password;
    std::string phc;
    std::function<void(bool)> done;
  };
  void run();

  std::string nobody_; // a hash that no password has
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::thread thread_; // last: it uses all of the above
};

} // namespace rs::relay
