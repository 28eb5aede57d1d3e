#pragma once

#include "agentd/services/diag/probe.hpp"
#include "session/diag_messages.hpp"

namespace rs::agent::diag {

inline constexpr std::size_t kTopProcesses = 15; // of each order

// /proc/PID/stat (proc(5)).
struct ProcessStat {
  std::string name;
  char state = '?';
  std::uint64_t ticks = 0;       // of processor time
  std::uint64_t start_ticks = 0; // after boot
  std::uint64_t rss_pages = 0;
};
std::optional<ProcessStat> parse_process_stat(std::string_view text);
std::string_view state_name(char state);

Result<session::DiagProcesses> read_processes(const Probe& probe);

} // namespace rs::agent::diag
