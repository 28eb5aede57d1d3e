#include "agentd/desktop/shot.hpp"
#include "agentd/desktop/x11_desktop.hpp"
#include "desktop/fake_desktop.hpp"
#include "support/png_reader.hpp"
#include "support/x_server.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::test;
using desktop::Region;
using desktop::ShotRequest;

Result<DecodedPng> shot(desktop::Desktop& desktop, const ShotRequest& request) {
  std::string file;
  RS_TRY(const auto picture, desktop::take_shot(desktop, request, [&](ByteView bytes) -> Result<void> {
    file += as_text(bytes);
    return {};
  }));
  auto decoded = decode_png(file);
  EXPECT_EQ(decoded.width, picture.width);
  EXPECT_EQ(decoded.height, picture.height);
  return decoded;
}

TEST(DesktopShot, IsEveryPixelInRedGreenBlue) {
  desktop::FakeDesktop fake;
  const auto png = shot(fake, {}).value();
  ASSERT_EQ(png.width, 64u);
  ASSERT_EQ(png.height, 48u);
  for (std::uint32_t y = 0; y < 48; ++y) {
    for (std::uint32_t x = 0; x < 64; ++x) ASSERT_EQ(png.at(x, y), (x == 5 && y == 6 ? 0xff0000 : 0) | y << 8 | x);
  }
}

TEST(DesktopShot, LeavesTheCursorOut) {
  desktop::FakeDesktop fake;
  EXPECT_EQ(shot(fake, {{}, {}, false})->at(5, 6), 0x000605u);
}

TEST(DesktopShot, IsOfOneMonitorAndAPartOfIt) {
  desktop::FakeDesktop fake;
  const auto monitor = shot(fake, {"right", {}, true}).value();
  EXPECT_EQ(monitor.width, 32u);
  EXPECT_EQ(monitor.at(0, 0), 32u);
  const auto part = shot(fake, {"right", Region{100, 2, 30, 40}, true}).value();
  EXPECT_EQ(part.width, 2u);
  EXPECT_EQ(part.at(0, 0), 40u << 8 | 62u);
}

TEST(DesktopShot, AnUnknownMonitorIsAnsweredWithThoseThereAre) {
  desktop::FakeDesktop fake;
  const auto failed = shot(fake, {"middle", {}, true}).error();
  EXPECT_EQ(failed, fail(Errc::not_found, "no monitor 'middle'; there are: left, right"));
  EXPECT_EQ(fake.grabs, 0u);
}

TEST(DesktopShot, ARegionOutsideIsInvalid) {
  desktop::FakeDesktop fake;
  const auto failed = shot(fake, {{}, Region{1, 1, 64, 0}, true}).error();
  EXPECT_EQ(failed.code, Errc::invalid);
  EXPECT_EQ(failed.message, "region: 1x1+64+0 is outside of 64x48+0+0");
}

TEST(DesktopShot, ASinkThatIsFullEndsIt) {
  desktop::FakeDesktop fake;
  const auto failed = desktop::take_shot(fake, {}, [](ByteView) -> Result<void> { return fail(Errc::no_space, "full"); });
  EXPECT_EQ(failed.error(), fail(Errc::no_space, "full"));
}

constexpr std::uint32_t kColour = 0x3366cc, kOther = 0xfedcba;

// The same through shared memory and over the socket.
class DesktopX11 : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.runs()) << "Xvfb does not start";
    ASSERT_TRUE(server_.paint(kColour, kOther, {100, 50, 20, 10}));
    auto opened = desktop::open_x11_desktop(server_.display(), {GetParam()});
    ASSERT_TRUE(opened) << opened.error().message;
    desktop_ = std::move(*opened);
  }
  XServer server_;
  std::unique_ptr<desktop::WatchedDesktop> desktop_;
};
INSTANTIATE_TEST_SUITE_P(, DesktopX11, testing::Bool());

TEST_P(DesktopX11, TheRootWindowIsSeenAsItWasPainted) {
  const auto png = shot(*desktop_, {{}, {}, false}).value();
  ASSERT_EQ(png.width, 320u);
  ASSERT_EQ(png.height, 240u);
  EXPECT_EQ(png.at(0, 0), kColour);
  EXPECT_EQ(png.at(319, 239), kColour);
  EXPECT_EQ(png.at(100, 50), kOther);
  EXPECT_EQ(png.at(119, 59), kOther);
  EXPECT_EQ(png.at(120, 60), kColour);
}

TEST_P(DesktopX11, ARegionIsThatPartAndTheNextShotIsNewer) {
  const auto png = shot(*desktop_, {{}, Region{30, 20, 95, 45}, false}).value();
  EXPECT_EQ(png.width, 30u);
  EXPECT_EQ(png.at(4, 4), kColour);
  EXPECT_EQ(png.at(5, 5), kOther);
  ASSERT_TRUE(server_.paint(0x010203));
  EXPECT_EQ(shot(*desktop_, {{}, {}, false})->at(0, 0), 0x010203u);
}

TEST_P(DesktopX11, ThePointerIsDrawnUnlessItIsNotWanted) {
  ASSERT_TRUE(server_.paint(kColour, kColour, {}, 160));
  const auto differs = [](const DecodedPng& png) {
    for (std::uint32_t y = 0; y < png.height; ++y) {
      for (std::uint32_t x = 0; x < png.width; ++x) {
        if (png.at(x, y) != kColour) return true;
      }
    }
    return false;
  };
  EXPECT_TRUE(differs(shot(*desktop_, {{}, {}, true}).value()));
  EXPECT_FALSE(differs(shot(*desktop_, {{}, {}, false}).value()));
}

TEST_P(DesktopX11, MonitorsHaveNames) {
  const auto screens = desktop_->screens().value();
  ASSERT_EQ(screens.size(), 1u);
  EXPECT_EQ(screens[0].area, (Region{320, 240, 0, 0}));
  EXPECT_EQ(shot(*desktop_, {screens[0].name, {}, false})->width, 320u);
}

TEST_P(DesktopX11, AServerThatHasGoneIsAnErrorNotTheEnd) {
  server_.kill();
  const auto failed = shot(*desktop_, {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), fail(Errc::io, "the X server of display " + server_.display() + " has gone"));
  EXPECT_FALSE(desktop_->is_alive());
}

TEST(DesktopX11Refusals, AnotherDepthIsNamed) {
  const XServer server("320x240x16");
  ASSERT_TRUE(server.runs());
  const auto opened = desktop::open_x11_desktop(server.display());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::unsupported);
  EXPECT_NE(opened.error().message.find("depth 16"), std::string::npos) << opened.error().message;
}

TEST(DesktopX11Refusals, NoServerIsUnsupported) {
  EXPECT_EQ(desktop::open_x11_desktop(":64999").error().code, Errc::unsupported);
}

} // namespace
