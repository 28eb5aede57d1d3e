#pragma once

#include "cli/context.hpp"
#include "cli/progress.hpp"

#include <optional>

namespace rs::cli {

// rsctl.progress.v1
struct ProgressRecord {
  std::string record; // "progress"
  std::string verb;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> total_files;
  std::optional<std::uint64_t> total_bytes;
  std::uint64_t bytes_per_second = 0;
  std::optional<std::uint64_t> left_ms;
};
RS_DESCRIBE(ProgressRecord, record, verb, files, bytes, total_files, total_bytes, bytes_per_second, left_ms)

// Where a transfer's progress goes: a line on a terminal that is written over, records in ndjson, else nowhere.
class ProgressDisplay {
 public:
  ProgressDisplay(Context& context, std::string verb, bool as_records);
  void watch(const files::Progress& progress) { meter_.emplace(progress); }
  void show();
  void clear(); // the line, before anything else is written
  Millis interval() const;

 private:
  Context& context_;
  std::string verb_;
  bool as_records_;
  bool as_line_;
  bool line_is_there_ = false;
  bool first_ = true;
  std::optional<ProgressMeter> meter_;
};

} // namespace rs::cli
