#include "agentd/services/diag/mount_usage.hpp"

#include "agentd/services/diag/scan.hpp"
#include "daemon/posix_error.hpp"

#include <sys/statvfs.h>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace rs::agent::diag {
namespace {

// The mounts whose threads are still out. Never destroyed: such a thread may outlive main().
class Hung {
 public:
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return targets_.size();
  }
  bool holds(const std::string& target) {
    const std::lock_guard lock(mutex_);
    return targets_.contains(target);
  }
  void add(const std::string& target) {
    const std::lock_guard lock(mutex_);
    targets_.insert(target);
  }
  void remove(const std::string& target) {
    const std::lock_guard lock(mutex_);
    if (const auto found = targets_.find(target); found != targets_.end()) targets_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::multiset<std::string> targets_;
};

Hung& hung() {
  static auto& mounts = *new Hung;
  return mounts;
}

// What the asking thread and the one that waits share; the former may outlive the latter.
struct Round {
  std::vector<std::string> targets;
  AskMount ask;
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<std::optional<Result<MountUsage>>> answers;
  bool given_up = false;
};

void ask_all(Round& round, std::size_t first) {
  for (auto i = first; i < round.targets.size(); ++i) {
    const auto& target = round.targets[i];
    auto answer = hung().holds(target) ? fail(Errc::timeout, "still does not answer") : round.ask(target);
    const std::lock_guard lock(round.mutex);
    if (round.given_up) return hung().remove(target);
    round.answers[i] = std::move(answer);
    round.wake.notify_one();
  }
}

std::shared_ptr<Round> start(const std::vector<session::DiagMount>& mounts, std::size_t first, const AskMount& ask) {
  auto round = std::make_shared<Round>();
  for (const auto& mount : mounts) round->targets.push_back(mount.target.bytes);
  round->answers.resize(mounts.size());
  round->ask = ask;
  std::thread thread([round, first] { ask_all(*round, first); });
  pthread_setname_np(thread.native_handle(), "diag-mounts");
  thread.detach();
  return round;
}

// From `first` on, in order; the mount that did not answer, or the number of mounts.
std::size_t collect(const Probe& probe, Round& round, std::size_t first, Millis time, std::vector<session::DiagMount>& mounts) {
  std::unique_lock lock(round.mutex);
  for (auto i = first; i < mounts.size(); ++i) {
    const auto limit = std::min(time, probe.left());
    if (!round.wake.wait_for(lock, limit, [&] { return round.answers[i].has_value(); })) {
      round.given_up = true;
      hung().add(round.targets[i]);
      mounts[i].unavailable = "no answer within " + format_duration(limit);
      return i;
    }
    const auto& answer = *round.answers[i];
    if (answer) fill(*answer, mounts[i]);
    else mounts[i].unavailable = answer.error().message;
  }
  return mounts.size();
}

std::uint64_t product(std::uint64_t a, std::uint64_t b) { return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b; }

} // namespace

Result<MountUsage> ask_mount(const std::string& target) {
  struct statvfs usage{};
  if (::statvfs(target.c_str(), &usage) != 0) return daemon::posix_error("statvfs", errno);
  return MountUsage{usage.f_frsize, usage.f_blocks, usage.f_bfree, usage.f_bavail, usage.f_files, usage.f_ffree};
}

void fill(const MountUsage& usage, session::DiagMount& mount) {
  const auto used = usage.blocks - std::min(usage.blocks, usage.blocks_free);
  mount.size_bytes = product(usage.blocks, usage.block_bytes);
  mount.used_bytes = product(used, usage.block_bytes);
  mount.available_bytes = product(usage.blocks_available, usage.block_bytes);
  // As df counts: what only root may use is neither used nor available.
  mount.used_percent =
      percent_of(static_cast<double>(used), static_cast<double>(used) + static_cast<double>(usage.blocks_available));
  if (usage.inodes == 0) return;
  mount.inodes = usage.inodes;
  mount.inodes_used = usage.inodes - std::min(usage.inodes, usage.inodes_free);
}

void measure(const Probe& probe, std::vector<session::DiagMount>& mounts, const AskMount& ask, Millis time) {
  for (std::size_t at = 0; at < mounts.size(); ++at) {
    const bool over = probe.is_over();
    if (over || hung().size() >= kMaxHungMounts) {
      mounts[at].unavailable = over                                    ? "timeout"
                               : hung().holds(mounts[at].target.bytes) ? "still does not answer"
                                                                       : "not asked: too many other mounts do not answer";
      continue;
    }
    const auto round = start(mounts, at, ask);
    at = collect(probe, *round, at, time, mounts);
  }
}

} // namespace rs::agent::diag
