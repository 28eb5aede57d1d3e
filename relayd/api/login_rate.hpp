#pragma once

#include "base/clock.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace rs::relay {

// Whom an address stands for when strangers are counted: itself, or its /64 where it is IPv6 (anybody has a whole one).
std::string address_group(std::string_view address);

// Wrong passwords by address group: a burst is free, then they come one by one, and meanwhile nobody there is heard.
// Thread-safe.
class LoginRate {
 public:
  static constexpr int kBurst = 30;
  static constexpr Millis kEach{10'000};            // gives one back
  static constexpr std::size_t kMaxGroups = 10'000; // remembered; who comes when it is full shares one count

  bool may_try(const std::string& group, WallTime now);
  void failed(const std::string& group, WallTime now);

 private:
  struct Count {
    std::int64_t wrong = 0;
    WallTime since; // wrong has been reckoned down to here
  };
  static void reckon(Count& count, WallTime now);
  Count& place(const std::string& group, WallTime now);

  std::mutex mutex_;
  std::map<std::string, Count, std::less<>> counts_;
};

} // namespace rs::relay
