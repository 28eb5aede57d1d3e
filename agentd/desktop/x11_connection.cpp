#include "agentd/desktop/x11_connection.hpp"

#include <cstring>

namespace rs::desktop {
namespace {

constexpr std::uint32_t kRed = 0xff0000, kGreen = 0xff00, kBlue = 0xff;

const char* connection_text(int error) {
  switch (error) {
    case XCB_CONN_CLOSED_PARSE_ERR: return "not the name of a display";
    case XCB_CONN_CLOSED_INVALID_SCREEN: return "no such screen";
    default: return "no X server answers there, or it refuses us";
  }
}

const xcb_visualtype_t* visual_of(const xcb_screen_t& screen) {
  for (auto depth = xcb_screen_allowed_depths_iterator(&screen); depth.rem != 0; xcb_depth_next(&depth)) {
    for (auto visual = xcb_depth_visuals_iterator(depth.data); visual.rem != 0; xcb_visualtype_next(&visual)) {
      if (visual.data->visual_id == screen.root_visual) return visual.data;
    }
  }
  return nullptr;
}

int bits_per_pixel(const xcb_setup_t& setup, std::uint8_t depth) {
  for (auto format = xcb_setup_pixmap_formats_iterator(&setup); format.rem != 0; xcb_format_next(&format)) {
    if (format.data->depth == depth) return format.data->bits_per_pixel;
  }
  return 0;
}

} // namespace

Result<std::unique_ptr<X11Connection>> X11Connection::open(const std::string& display) {
  int number = 0;
  std::unique_ptr<X11Connection> connection(new X11Connection(display, xcb_connect(display.c_str(), &number)));
  if (const int error = xcb_connection_has_error(connection->get()); error != 0)
    return fail(Errc::unsupported, "display " + display + ": " + connection_text(error));
  RS_CHECK(connection->check_screen(number));
  return connection;
}

Result<void> X11Connection::check_screen(int number) {
  auto screens = xcb_setup_roots_iterator(xcb_get_setup(get()));
  for (; screens.rem != 0 && number > 0; --number) xcb_screen_next(&screens);
  if (screens.rem == 0) return fail(Errc::unsupported, "display " + display_ + ": no such screen");
  screen_ = screens.data;
  // Its root window is black: the windows are on the compositor's own surfaces.
  if (has_extension("XWAYLAND"))
    return fail(Errc::unsupported, "display " + display_ + ": a Wayland session; only X11 sessions can be captured");
  return check_pixels();
}

Result<void> X11Connection::check_pixels() const {
  const auto* setup = xcb_get_setup(get());
  const auto* visual = visual_of(*screen_);
  const bool is_true_colour = visual != nullptr && visual->_class == XCB_VISUAL_CLASS_TRUE_COLOR && visual->red_mask == kRed &&
                              visual->green_mask == kGreen && visual->blue_mask == kBlue;
  if ((depth() != 24 && depth() != 32) || bits_per_pixel(*setup, depth()) != 32 || !is_true_colour ||
      setup->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST)
    return fail(Errc::unsupported, "display " + display_ + ": its pixels have depth " + std::to_string(depth()) + " and " +
                                       std::to_string(bits_per_pixel(*setup, depth())) +
                                       " bits; only 24 and 32 in 32 bits of blue, green, red can be read");
  return {};
}

bool X11Connection::has_extension(const char* name) const {
  const auto length = static_cast<std::uint16_t>(std::strlen(name));
  const Reply<xcb_query_extension_reply_t> reply(
      xcb_query_extension_reply(get(), xcb_query_extension(get(), length, name), nullptr));
  return reply && reply->present != 0;
}

Result<Region> X11Connection::root_area() const {
  xcb_generic_error_t* error = nullptr;
  const Reply<xcb_get_geometry_reply_t> reply(xcb_get_geometry_reply(get(), xcb_get_geometry(get(), root()), &error));
  if (!reply) return why("size of the root window", Reply<xcb_generic_error_t>(error));
  return Region{reply->width, reply->height, 0, 0};
}

Error X11Connection::why(const std::string& what, Reply<xcb_generic_error_t> error) const {
  if (!error) return fail(Errc::io, "the X server of display " + display_ + " has gone");
  return fail(Errc::io, "display " + display_ + ": " + what + ": X error " + std::to_string(error->error_code));
}

} // namespace rs::desktop
