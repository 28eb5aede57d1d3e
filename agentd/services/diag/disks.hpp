#pragma once

#include "agentd/services/diag/probe.hpp"
#include "session/diag_messages.hpp"

namespace rs::agent::diag {

inline constexpr std::size_t kMaxMounts = 100;

// /proc/self/mounts (fstab(5)'s escapes undone). Only filesystems that hold data, and of what is mounted over one point
// the last, of one device the first point.
std::vector<session::DiagMount> parse_mounts(std::string_view text);

Result<session::DiagDisks> read_disks(const Probe& probe);

} // namespace rs::agent::diag
