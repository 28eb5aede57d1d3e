#include "cli/progress.hpp"

#include <algorithm>
#include <cstdio>

namespace rs::cli {
namespace {

constexpr Millis kRateWindow{4'000};

std::string clock_text(Millis left) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(left).count();
  char text[32];
  if (seconds >= 3600)
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", static_cast<long long>(seconds / 3600),
                  static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
  else
    std::snprintf(text, sizeof text, "%lld:%02lld", static_cast<long long>(seconds / 60), static_cast<long long>(seconds % 60));
  return text;
}

} // namespace

std::string format_bytes(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.*f %s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, kUnits[unit]);
  return text;
}

ProgressView ProgressMeter::look(BootTime now) {
  ProgressView view{.files = progress_.files, .bytes = progress_.bytes, .total_files = {}, .total_bytes = {}, .left = {}};
  if (const std::uint64_t total = progress_.total_files; total > 0) {
    view.total_files = std::max(total, view.files);
    view.total_bytes = std::max<std::uint64_t>(progress_.total_bytes, view.bytes);
  }
  samples_.push_back({now, view.bytes});
  while (samples_.size() > 2 && now - samples_.front().at > kRateWindow) samples_.pop_front();
  const auto& first = samples_.front();
  const auto took = std::chrono::duration_cast<Millis>(now - first.at).count();
  if (took > 0 && view.bytes > first.bytes)
    view.bytes_per_second = (view.bytes - first.bytes) * 1000 / static_cast<std::uint64_t>(took);
  if (view.total_bytes && view.bytes_per_second > 0)
    view.left = Millis((*view.total_bytes - view.bytes) * 1000 / view.bytes_per_second);
  return view;
}

std::string progress_line(const ProgressView& view, std::size_t columns) {
  std::string line;
  if (view.total_bytes && *view.total_bytes > 0) {
    char percent[16];
    std::snprintf(percent, sizeof percent, "%3d %%  ",
                  static_cast<int>(100.0 * static_cast<double>(view.bytes) / static_cast<double>(*view.total_bytes)));
    line = percent + format_bytes(view.bytes) + " of " + format_bytes(*view.total_bytes);
  } else {
    line = format_bytes(view.bytes);
  }
  if (view.files > 1 || view.total_files.value_or(0) > 1) {
    line += "  " + std::to_string(view.files);
    if (view.total_files) line += " of " + std::to_string(*view.total_files);
    line += " files";
  }
  line += "  " + format_bytes(view.bytes_per_second) + "/s";
  if (view.left) line += "  " + clock_text(*view.left) + " left";
  return line.substr(0, columns);
}

} // namespace rs::cli
