#pragma once

#include "base/os_string.hpp"
#include "desktop/shot_messages.hpp"

namespace rs::cli {

// rsctl.screenshot.v1
struct ShotReport {
  OsString path; // as rsctl was told, or as it made it up
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint64_t bytes = 0;
  std::string display;
  std::optional<std::string> monitor;
  WallTime taken{};
};
RS_DESCRIBE(ShotReport, path, width, height, bytes, display, monitor, taken)

ShotReport report_of(const std::string& path, const desktop::ShotResult& result);
std::string to_line(const desktop::ShotResult& result); // "1920x1080 of display :0, 123456 bytes"

// "box-20261124T113012Z.png": of an agent, as the user named it, at a time.
std::string shot_name(std::string_view agent, WallTime time);
// "box-20261124T113012Z-2.png": the `number`th of a name, for where it is taken.
std::string numbered_name(const std::string& name, int number);

} // namespace rs::cli
