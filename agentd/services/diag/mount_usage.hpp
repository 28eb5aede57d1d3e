#pragma once

#include "agentd/services/diag/probe.hpp"
#include "session/diag_messages.hpp"

namespace rs::agent::diag {

inline constexpr Millis kMountTime{2'000};       // that one mount may take to answer
inline constexpr std::size_t kMaxHungMounts = 4; // whose threads the daemon bears; then no further mount is asked

// How one mount answers: statvfs(3), and what tests put in its place.
struct MountUsage {
  std::uint64_t block_bytes = 0;
  std::uint64_t blocks = 0;
  std::uint64_t blocks_free = 0;
  std::uint64_t blocks_available = 0;
  std::uint64_t inodes = 0;
  std::uint64_t inodes_free = 0;
};
using AskMount = std::function<Result<MountUsage>(const std::string& target)>;
Result<MountUsage> ask_mount(const std::string& target);

void fill(const MountUsage& usage, session::DiagMount& mount);

// Fills in the figures. A server that is gone can hold statvfs for ever, so it is called on a thread of its own; a mount
// that does not answer in time says so, and the thread is given up with it. Until that thread comes back the mount is not
// asked again.
void measure(const Probe& probe, std::vector<session::DiagMount>& mounts, const AskMount& ask = ask_mount,
             Millis time = kMountTime);

} // namespace rs::agent::diag
