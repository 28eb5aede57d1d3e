#pragma once

#include "base/result.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace rs::relay {

inline constexpr std::size_t kMaxWaitingPasswords = 256;
inline constexpr std::size_t kMaxWaitingOfOne = 24; // of one address group: the others' places are not its to take

// The one thread that compares passwords: argon2id costs tens of milliseconds of CPU, and so must neither run on an I/O
// thread nor on as many threads as somebody sends requests. Address groups take turns, so that who waits behind one that
// asks a lot waits for one password of it.
class PasswordWorker {
 public:
  PasswordWorker();
  ~PasswordWorker(); // stop()
  // Drops what waits and ends the thread; from then on verify() refuses. For those who may still ask while the rest goes.
  void stop();
  // `from`: whose share of the queue it takes. `phc` empty: there is no such user; as much is computed all the same. `done` runs on the worker's thread. `limit`: too
  // many wait, or it was stopped.
  Result<void> verify(const std::string& from, std::string password, std::string phc, std::function<void(bool)> done);

 private:
  struct Task {
    std::string password;
    std::string phc;
    std::function<void(bool)> done;
  };
  void run();
  Task take_next();

  std::string nobody_; // a hash that no password has
  std::mutex mutex_;
  std::condition_variable wake_;
  // The first of the groups comes next; none is empty.
  std::deque<std::pair<std::string, std::deque<Task>>> waiting_;
  std::size_t count_ = 0; // in all
  bool stopping_ = false;
  std::thread thread_; // last: it uses all of the above
};

} // namespace rs::relay
