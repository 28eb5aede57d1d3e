#include "agentd/desktop/x11_monitors.hpp"

#include <xcb/randr.h>

namespace rs::desktop {
namespace {

Error failed(const X11Connection& connection, xcb_generic_error_t* error) {
  return connection.why("reading the monitors", Reply<xcb_generic_error_t>(error));
}

Result<std::string> atom_name(const X11Connection& connection, xcb_atom_t atom) {
  xcb_generic_error_t* error = nullptr;
  const Reply<xcb_get_atom_name_reply_t> reply(
      xcb_get_atom_name_reply(connection.get(), xcb_get_atom_name(connection.get(), atom), &error));
  if (!reply) return failed(connection, error);
  return std::string(xcb_get_atom_name_name(reply.get()), static_cast<std::size_t>(xcb_get_atom_name_name_length(reply.get())));
}

Result<std::vector<Screen>> monitors(const X11Connection& connection) {
  xcb_generic_error_t* error = nullptr;
  const auto asked = xcb_randr_get_monitors(connection.get(), connection.root(), 1);
  const Reply<xcb_randr_get_monitors_reply_t> reply(xcb_randr_get_monitors_reply(connection.get(), asked, &error));
  if (!reply) return failed(connection, error);
  std::vector<Screen> screens;
  for (auto at = xcb_randr_get_monitors_monitors_iterator(reply.get()); at.rem != 0; xcb_randr_monitor_info_next(&at)) {
    RS_TRY(auto name, atom_name(connection, at.data->name));
    screens.push_back({std::move(name), {at.data->width, at.data->height, at.data->x, at.data->y}});
  }
  return screens;
}

// Nothing: it is off, or has gone since it was listed.
std::optional<Screen> lit_output(const X11Connection& connection, xcb_randr_output_t output, xcb_timestamp_t when) {
  const auto asked = xcb_randr_get_output_info(connection.get(), output, when);
  const Reply<xcb_randr_get_output_info_reply_t> info(xcb_randr_get_output_info_reply(connection.get(), asked, nullptr));
  if (!info || info->crtc == XCB_NONE) return std::nullopt;
  const auto asked_crtc = xcb_randr_get_crtc_info(connection.get(), info->crtc, when);
  const Reply<xcb_randr_get_crtc_info_reply_t> crtc(xcb_randr_get_crtc_info_reply(connection.get(), asked_crtc, nullptr));
  if (!crtc || crtc->width == 0) return std::nullopt;
  const auto* name = reinterpret_cast<const char*>(xcb_randr_get_output_info_name(info.get()));
  const auto length = static_cast<std::size_t>(xcb_randr_get_output_info_name_length(info.get()));
  return Screen{std::string(name, length), {crtc->width, crtc->height, crtc->x, crtc->y}};
}

Result<std::vector<Screen>> outputs(const X11Connection& connection) {
  xcb_generic_error_t* error = nullptr;
  const auto asked = xcb_randr_get_screen_resources_current(connection.get(), connection.root());
  const Reply<xcb_randr_get_screen_resources_current_reply_t> reply(
      xcb_randr_get_screen_resources_current_reply(connection.get(), asked, &error));
  if (!reply) return failed(connection, error);
  std::vector<Screen> screens;
  const auto* list = xcb_randr_get_screen_resources_current_outputs(reply.get());
  const int count = xcb_randr_get_screen_resources_current_outputs_length(reply.get());
  for (int i = 0; i < count; ++i) {
    if (auto screen = lit_output(connection, list[i], reply->config_timestamp)) screens.push_back(std::move(*screen));
  }
  return screens;
}

} // namespace

Result<std::vector<Screen>> x11_monitors(const X11Connection& connection) {
  if (!connection.has_extension("RANDR")) return std::vector<Screen>();
  xcb_generic_error_t* error = nullptr;
  const auto asked = xcb_randr_query_version(connection.get(), XCB_RANDR_MAJOR_VERSION, XCB_RANDR_MINOR_VERSION);
  const Reply<xcb_randr_query_version_reply_t> version(xcb_randr_query_version_reply(connection.get(), asked, &error));
  if (!version) return failed(connection, error);
  const bool has_monitors = version->major_version > 1 || version->minor_version >= 5;
  return has_monitors ? monitors(connection) : outputs(connection);
}

} // namespace rs::desktop
