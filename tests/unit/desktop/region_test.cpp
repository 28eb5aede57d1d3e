#include "desktop/region.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::desktop;

TEST(DesktopRegion, IsReadAndWrittenTheSameWay) {
  EXPECT_EQ(parse_region("640x480+10+20").value(), (Region{640, 480, 10, 20}));
  for (const std::string text : {"1x1+0+0", "32767x32767+32767+32767"}) EXPECT_EQ(to_text(parse_region(text).value()), text);
  EXPECT_EQ(to_text({1, 2, -3, 4}), "1x2-3+4");
}

TEST(DesktopRegion, AnythingElseIsInvalid) {
  for (const auto* text : {"", "x", "640", "640x480", "640x480+10", "640x480+10+", "640x480+10+20 ", " 640x480+10+20",
                           "640x480-10+20", "640x480+-10+20", "0x480+0+0", "640x0+0+0", "32768x1+0+0", "1x1+99999999999+0",
                           "640X480+1+1", "640x480+1+1+1", "+640x480+1+1", "0x10x10+1+1"}) {
    const auto parsed = parse_region(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::invalid);
  }
}

TEST(DesktopRegion, IsClippedToItsArea) {
  const Region area{100, 50, 0, 0};
  EXPECT_EQ(clip({10, 10, 5, 6}, area).value(), (Region{10, 10, 5, 6}));
  EXPECT_EQ(clip({200, 200, 90, 40}, area).value(), (Region{10, 10, 90, 40}));
  EXPECT_EQ(clip({20, 20, -5, -6}, area).value(), (Region{15, 14, 0, 0}));
  EXPECT_EQ(clip({~0U, ~0U, -2147483647 - 1, 0}, area).value(), (Region{100, 50, 0, 0}));
}

TEST(DesktopRegion, OutsideOfItsAreaIsInvalidAndNamesBoth) {
  const Region area{100, 50, 0, 0};
  for (const auto& region : {Region{10, 10, 100, 0}, Region{10, 10, 0, 50}, Region{10, 10, -10, 0}, Region{0, 10, 5, 5},
                             Region{1, 1, 2147483647, 2147483647}}) {
    const auto clipped = clip(region, area);
    ASSERT_FALSE(clipped) << to_text(region);
    EXPECT_EQ(clipped.error().message, to_text(region) + " is outside of 100x50+0+0");
  }
}

} // namespace
