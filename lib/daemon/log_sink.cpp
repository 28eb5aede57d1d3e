#include "daemon/log_sink.hpp"

#include "base/os_string.hpp"
#include "describe/node.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace rs::daemon {
namespace {

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning", "error"};

std::string_view level_name(LogLevel level) { return kLevels[static_cast<std::size_t>(level)]; }

std::string quoted_where_needed(const std::string& value) {
  const std::string shown = escape_for_display(value);
  if (!shown.empty() && shown.find_first_of(" \"=") == std::string::npos) return shown;
  std::string out = "\"";
  for (const char c : shown) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string text_line(WallTime now, const LogEvent& event) {
  std::string out = to_rfc3339(now);
  for (const auto part : {level_name(event.level), event.logger, event.event}) out.append(" ").append(part);
  for (const auto& [key, value] : event.fields) out += " " + key + "=" + quoted_where_needed(value);
  return out;
}

std::string json_line(WallTime now, const LogEvent& event) {
  describe::Node out(describe::Node::Object{});
  out.set("time", to_rfc3339(now));
  out.set("level", std::string(level_name(event.level)));
  out.set("logger", std::string(event.logger));
  out.set("event", std::string(event.event));
  for (const auto& [key, value] : event.fields) out.set(key, escape_for_display(value));
  return describe::write_json(out);
}

void write_line(int descriptor, std::string line) {
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const auto written = ::write(descriptor, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) return; // there is nowhere left to report it
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

} // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
  for (std::size_t i = 0; i < kLevels.size(); ++i)
    if (kLevels[i] == text) return static_cast<LogLevel>(i);
  return fail(Errc::usage, "'" + std::string(text) + "' is no log level; debug, info, warning or error is");
}

Result<LogFormat> parse_log_format(std::string_view text) {
  if (text == "text") return LogFormat::text;
  if (text == "json") return LogFormat::json;
  return fail(Errc::usage, "'" + std::string(text) + "' is no log format; text or json is");
}

std::string format_log_line(LogFormat format, WallTime now, const LogEvent& event) {
  return format == LogFormat::json ? json_line(now, event) : text_line(now, event);
}

std::function<void(const LogEvent&)> make_log_sink(const Clock& clock, LogFormat format, int descriptor) {
  return [&clock, format, descriptor](const LogEvent& event) {
    write_line(descriptor, format_log_line(format, clock.wall(), event));
  };
}

} // namespace rs::daemon
