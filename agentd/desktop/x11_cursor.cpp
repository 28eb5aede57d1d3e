#include "agentd/desktop/x11_cursor.hpp"

#include "desktop/desktop.hpp"

#include <xcb/xfixes.h>

#include <algorithm>

namespace rs::desktop {
namespace {

// Over, with a source that is already multiplied by its alpha. A source that is not is only clamped.
std::uint8_t over(std::uint32_t source, std::uint32_t alpha, std::uint8_t below) {
  return static_cast<std::uint8_t>(std::min(255U, source + (below * (255 - alpha) + 127) / 255));
}

void blend_pixel(std::uint32_t argb, std::uint8_t* bgrx) {
  const auto alpha = argb >> 24;
  bgrx[0] = over(argb & 0xff, alpha, bgrx[0]);
  bgrx[1] = over((argb >> 8) & 0xff, alpha, bgrx[1]);
  bgrx[2] = over((argb >> 16) & 0xff, alpha, bgrx[2]);
}

} // namespace

void blend(const CursorImage& cursor, const Region& region, MutableBytes pixels) {
  const auto visible = clip(cursor.area, region);
  if (!visible || cursor.pixels.size() < std::size_t{cursor.area.width} * cursor.area.height) return;
  for (std::uint32_t row = 0; row < visible->height; ++row) {
    const auto y = visible->y + static_cast<std::int32_t>(row);
    const auto from =
        static_cast<std::size_t>(y - cursor.area.y) * cursor.area.width + static_cast<std::size_t>(visible->x - cursor.area.x);
    const auto to = static_cast<std::size_t>(y - region.y) * region.width + static_cast<std::size_t>(visible->x - region.x);
    for (std::uint32_t column = 0; column < visible->width; ++column)
      blend_pixel(cursor.pixels[from + column], pixels.data() + (to + column) * kPixelBytes);
  }
}

// The server answers nothing of XFixes before it has been told our version.
bool X11Cursor::is_supported() {
  if (support_ == Support::unknown) {
    support_ = Support::missing;
    if (connection_.has_extension("XFIXES")) {
      const auto asked = xcb_xfixes_query_version(connection_.get(), XCB_XFIXES_MAJOR_VERSION, XCB_XFIXES_MINOR_VERSION);
      const Reply<xcb_xfixes_query_version_reply_t> reply(xcb_xfixes_query_version_reply(connection_.get(), asked, nullptr));
      if (reply) support_ = Support::present;
    }
  }
  return support_ == Support::present;
}

Result<void> X11Cursor::draw(const Region& region, MutableBytes pixels) {
  if (!is_supported()) return {};
  xcb_generic_error_t* error = nullptr;
  const auto asked = xcb_xfixes_get_cursor_image(connection_.get());
  const Reply<xcb_xfixes_get_cursor_image_reply_t> reply(xcb_xfixes_get_cursor_image_reply(connection_.get(), asked, &error));
  if (!reply) return connection_.why("reading the cursor", Reply<xcb_generic_error_t>(error));
  const Region area{reply->width, reply->height, reply->x - reply->xhot, reply->y - reply->yhot};
  const auto count = xcb_xfixes_get_cursor_image_cursor_image_length(reply.get());
  blend({area, {xcb_xfixes_get_cursor_image_cursor_image(reply.get()), static_cast<std::size_t>(count)}}, region, pixels);
  return {};
}

} // namespace rs::desktop
