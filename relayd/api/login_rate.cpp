#include "relayd/api/login_rate.hpp"

#include <algorithm>
#include <vector>

namespace rs::relay {
namespace {

constexpr std::size_t kPrefixWords = 4; // of 16 bits: a /64

} // namespace

std::string address_group(std::string_view address) {
  if (address.find('.') != std::string_view::npos)
    return std::string(address.substr(address.rfind(':') + 1)); // also ::ffff:1.2.3.4
  std::string group;
  std::size_t words = 0;
  while (words < kPrefixWords && !address.empty()) {
    const auto word = address.substr(0, address.find(':'));
    if (word.empty()) break; // "::" stands for zeros up to here or beyond
    group += std::string(word) + ':';
    ++words;
    address.remove_prefix(std::min(address.size(), word.size() + 1));
  }
  for (; words < kPrefixWords; ++words) group += "0:";
  return group;
}

void LoginRate::reckon(Count& count, WallTime now) {
  if (now < count.since) count.since = now; // the clock was set back
  const auto given_back = (now - count.since) / kEach;
  count.wrong = std::max<std::int64_t>(0, count.wrong - given_back);
  count.since = count.wrong == 0 ? now : count.since + given_back * kEach;
}

LoginRate::Count& LoginRate::place(const std::string& group, WallTime now) {
  if (counts_.size() >= kMaxGroups && !counts_.contains(group)) {
    std::erase_if(counts_, [&](const auto& entry) {
      auto count = entry.second;
      reckon(count, now);
      return count.wrong == 0;
    });
    if (counts_.size() >= kMaxGroups) return counts_.try_emplace("", Count{0, now}).first->second;
  }
  return counts_.try_emplace(group, Count{0, now}).first->second;
}

bool LoginRate::may_try(const std::string& group, WallTime now) {
  const std::lock_guard lock(mutex_);
  auto found = counts_.find(group);
  if (found == counts_.end() && counts_.size() >= kMaxGroups) found = counts_.find("");
  if (found == counts_.end()) return true;
  reckon(found->second, now);
  return found->second.wrong < kBurst;
}

void LoginRate::failed(const std::string& group, WallTime now) {
  const std::lock_guard lock(mutex_);
  auto& count = place(group, now);
  reckon(count, now);
  count.wrong = std::min<std::int64_t>(count.wrong + 1, kBurst);
}

} // namespace rs::relay
