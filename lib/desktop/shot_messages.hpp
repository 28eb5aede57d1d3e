#pragma once

#include "base/clock.hpp"
#include "describe/codec.hpp"
#include "describe/describe.hpp"
#include "desktop/region.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// "screen.shot": what technician and agent say, and the kind of its stream.
namespace rs::desktop {

inline constexpr std::string_view kShotCall = "screen.shot";
inline constexpr std::uint8_t kShotPng = 1;

struct ShotParams {
  std::optional<std::string> display; // ":0"; default: the session in front
  std::optional<std::string> monitor; // default: everything
  std::optional<Region> region;       // of the monitor, or of everything; what lies outside is cut off
  describe::Defaulted<bool> cursor{true};
};
RS_DESCRIBE(ShotParams, display, monitor, region, cursor)

struct ShotResult {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::string display;
  std::optional<std::string> monitor;
  std::uint64_t bytes = 0; // of the PNG
  WallTime taken{};        // by the agent's clock
};
RS_DESCRIBE(ShotResult, width, height, display, monitor, bytes, taken)

} // namespace rs::desktop
