#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"

#include <functional>
#include <string>

namespace rs::daemon {

enum class LogFormat { text, json };
Result<LogLevel> parse_log_level(std::string_view text);   // debug info warning error
Result<LogFormat> parse_log_format(std::string_view text); // text json

// One line an event, without a newline:
//   2026-01-01T00:00:00.000Z info net accept-failed error="too many open files"
//   {"time":"…","level":"info","logger":"net","event":"accept-failed","error":"too many open files"}
// Values are escaped for display; in text those with spaces, quotes or '=' are quoted.
std::string format_log_line(LogFormat format, WallTime now, const LogEvent& event);

// For set_log_sink(): each event is one write to the descriptor. `clock` outlives the sink.
std::function<void(const LogEvent&)> make_log_sink(const Clock& clock, LogFormat format, int descriptor = 2);

} // namespace rs::daemon
