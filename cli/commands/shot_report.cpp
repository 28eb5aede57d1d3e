#include "cli/commands/shot_report.hpp"

#include "describe/codec_impl.hpp"

#include <algorithm>

RS_CODEC(rs::cli::ShotReport)

namespace rs::cli {

ShotReport report_of(const std::string& path, const desktop::ShotResult& result) {
  return {path, result.width, result.height, result.bytes, result.display, result.monitor, result.taken};
}

std::string to_line(const desktop::ShotResult& result) {
  const auto size = std::to_string(result.width) + "x" + std::to_string(result.height);
  const auto of = result.monitor ? "monitor " + *result.monitor + " of display " + result.display : "display " + result.display;
  return size + " of " + of + ", " + std::to_string(result.bytes) + " bytes";
}

std::string shot_name(std::string_view agent, WallTime time) {
  std::string name;
  const auto is_plain = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  for (const char c : agent) name += is_plain(c) || c == '-' || c == '_' || (c == '.' && !name.empty()) ? c : '_';
  auto moment = to_rfc3339(time); // 2026-11-24T11:30:12.345Z
  moment = moment.substr(0, moment.find('.'));
  std::erase_if(moment, [](char c) { return c == '-' || c == ':'; });
  return name + "-" + moment + "Z.png";
}

std::string numbered_name(const std::string& name, int number) {
  const auto stem = name.substr(0, name.rfind('.'));
  return stem + "-" + std::to_string(number) + name.substr(stem.size());
}

} // namespace rs::cli
