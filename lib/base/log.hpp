#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rs {

enum class LogLevel { debug, info, warning, error };

// One line of log: an event's name and its fields. Never secrets, never payload.
struct LogEvent {
  LogLevel level;
  std::string_view logger; // the room or file that speaks
  std::string_view event;  // a stable kebab-case name
  std::vector<std::pair<std::string, std::string>> fields;
};

// The program decides where events go; without a sink they are dropped. Set once, before threads start.
void set_log_sink(LogLevel least, std::function<void(const LogEvent&)> sink);

// A named logger, one per file: `const Logger log("net");  log.warning("handshake-failed", {{"peer", address}});`
class Logger {
 public:
  using Fields = std::initializer_list<std::pair<std::string, std::string>>;

  explicit constexpr Logger(std::string_view name) : name_(name) {}
  void debug(std::string_view event, Fields fields = {}) const { write(LogLevel::debug, event, fields); }
  void info(std::string_view event, Fields fields = {}) const { write(LogLevel::info, event, fields); }
  void warning(std::string_view event, Fields fields = {}) const { write(LogLevel::warning, event, fields); }
  void error(std::string_view event, Fields fields = {}) const { write(LogLevel::error, event, fields); }

 private:
  void write(LogLevel level, std::string_view event, Fields fields) const;
  std::string_view name_;
};

} // namespace rs
