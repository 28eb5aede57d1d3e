#include "base/log.hpp"

namespace rs {
namespace {

struct Sink {
  LogLevel least = LogLevel::error;
  std::function<void(const LogEvent&)> write;
};

Sink& sink() {
  static Sink instance;
  return instance;
}

} // namespace

void set_log_sink(LogLevel least, std::function<void(const LogEvent&)> write) { sink() = {least, std::move(write)}; }

void Logger::write(LogLevel level, std::string_view event, Fields fields) const {
  if (!sink().write || level < sink().least) return;
  sink().write(LogEvent{level, name_, event, fields});
}

} // namespace rs
