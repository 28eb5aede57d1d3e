#pragma once

#include "agentd/services/diag/probe.hpp"
#include "session/diag_messages.hpp"

namespace rs::agent::diag {

inline constexpr Millis kSampleTime{300}; // between two looks at counters of time

void parse_cpuinfo(std::string_view text, session::DiagCpu& into); // /proc/cpuinfo
void parse_loadavg(std::string_view text, session::DiagCpu& into); // /proc/loadavg

// All processors together, in the kernel's ticks.
struct CpuTimes {
  std::uint64_t total = 0;
  std::uint64_t idle = 0;
};
std::optional<CpuTimes> parse_cpu_times(std::string_view text); // /proc/stat
double usage_percent(const CpuTimes& before, const CpuTimes& after);
std::optional<WallTime> parse_boot_time(std::string_view text); // /proc/stat

Result<session::DiagCpu> read_cpu(const Probe& probe);

} // namespace rs::agent::diag
