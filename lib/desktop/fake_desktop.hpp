#pragma once

#include "desktop/desktop.hpp"

#include <functional>
#include <optional>

namespace rs::desktop {

// A desktop in memory, for tests: every pixel says where it is (blue: x, green: y), and the cursor is one red pixel.
class FakeDesktop final : public Desktop {
 public:
  Region whole{64, 48, 0, 0};
  std::vector<Screen> all_screens{{"left", {32, 48, 0, 0}}, {"right", {32, 48, 32, 0}}};
  std::int32_t cursor_x = 5;
  std::int32_t cursor_y = 6;
  std::optional<Error> failure;          // of every call
  std::function<void()> on_grab = [] {}; // in the middle of each
  unsigned grabs = 0;

  Result<Region> area() override {
    if (failure) return *failure;
    return whole;
  }
  Result<std::vector<Screen>> screens() override {
    if (failure) return *failure;
    return all_screens;
  }
  Result<Picture> grab(const Region& region, bool with_cursor) override {
    on_grab();
    ++grabs;
    if (failure) return *failure;
    pixels_.clear();
    for (std::uint32_t row = 0; row < region.height; ++row) {
      for (std::uint32_t column = 0; column < region.width; ++column) {
        const auto x = region.x + static_cast<std::int32_t>(column);
        const auto y = region.y + static_cast<std::int32_t>(row);
        const bool is_cursor = with_cursor && x == cursor_x && y == cursor_y;
        const auto red = static_cast<std::uint8_t>(is_cursor ? 255 : 0);
        pixels_.insert(pixels_.end(), {static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y), red, 0});
      }
    }
    return Picture{region.width, region.height, pixels_};
  }

 private:
  Bytes pixels_;
};

} // namespace rs::desktop
