#pragma once

#include "base/result.hpp"
#include "describe/describe.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rs::desktop {

// X11's own limit for a screen's side, in pixels.
inline constexpr std::uint32_t kMaxSide = 32767;

// A rectangle of pixels; x to the right and y down from the upper left corner of what it belongs to.
struct Region {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::int32_t x = 0;
  std::int32_t y = 0;
  friend bool operator==(const Region&, const Region&) = default;
};
RS_DESCRIBE(Region, width, height, x, y)

// "640x480+10+20". `invalid` where it is malformed, empty, or a number is above kMaxSide.
Result<Region> parse_region(std::string_view text);
std::string to_text(const Region& region);

// The part of `region` inside `area`, both in the same coordinates. `invalid` where there is none; the message names
// both. Any values are safe.
Result<Region> clip(const Region& region, const Region& area);

} // namespace rs::desktop
