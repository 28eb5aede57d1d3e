#pragma once

#include "agentd/services/diag/probe.hpp"
#include "session/diag_messages.hpp"

namespace rs::agent::diag {

inline constexpr std::size_t kMaxLogLines = 100;
inline constexpr std::size_t kMaxLogLine = 1024;      // bytes
inline constexpr std::size_t kMaxLogBytes = 64 << 10; // of all lines

// The newest lines that fit; the others are counted.
session::DiagLogs newest_lines(std::string source, const std::vector<std::string_view>& lines);
// A record of /dev/kmsg ("PRIORITY,NUMBER,MICROSECONDS,…;TEXT") of priority error or worse, as dmesg shows it.
std::optional<std::string> parse_kernel_record(std::string_view record);
// Lines of a traditional log, which has no priorities, that speak of an error.
std::vector<std::string_view> lines_about_errors(std::string_view text);

Result<session::DiagLogs> read_logs(const Probe& probe);

} // namespace rs::agent::diag
