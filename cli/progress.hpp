#pragma once

#include "base/clock.hpp"
#include "files/progress.hpp"

#include <deque>
#include <optional>
#include <string>

namespace rs::cli {

// How far a transfer is at one moment, and how fast it was in the last seconds.
struct ProgressView {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> total_files;
  std::optional<std::uint64_t> total_bytes;
  std::uint64_t bytes_per_second = 0;
  std::optional<Millis> left;
};

// Looks at a transfer now and then. Steady time is the caller's.
class ProgressMeter {
 public:
  explicit ProgressMeter(const files::Progress& progress) : progress_(progress) {}
  ProgressView look(BootTime now);

 private:
  struct Sample {
    BootTime at;
    std::uint64_t bytes;
  };
  const files::Progress& progress_;
  std::deque<Sample> samples_; // of the last seconds
};

// "  42 %  430 MB of 1.0 GB  389 MB/s  0:02 left", at most `columns` wide.
std::string progress_line(const ProgressView& view, std::size_t columns);
// Decimal, three digits: "999 B", "1.02 GB".
std::string format_bytes(std::uint64_t bytes);

} // namespace rs::cli
