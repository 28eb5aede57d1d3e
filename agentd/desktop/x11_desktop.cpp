#include "agentd/desktop/x11_desktop.hpp"

#include "agentd/desktop/x11_connection.hpp"
#include "agentd/desktop/x11_cursor.hpp"
#include "agentd/desktop/x11_grab.hpp"
#include "agentd/desktop/x11_monitors.hpp"

namespace rs::desktop {
namespace {

class X11Desktop final : public WatchedDesktop {
 public:
  X11Desktop(std::unique_ptr<X11Connection> connection, X11Options options)
      : connection_(std::move(connection)), grab_(*connection_, options.use_shm), cursor_(*connection_) {}

  Result<Region> area() override { return connection_->root_area(); }
  Result<std::vector<Screen>> screens() override { return x11_monitors(*connection_); }

  Result<Picture> grab(const Region& region, bool with_cursor) override {
    RS_TRY(const auto pixels, grab_.grab(region));
    if (with_cursor) RS_CHECK(cursor_.draw(region, pixels));
    return Picture{region.width, region.height, pixels};
  }

  int descriptor() const override { return connection_->socket(); }

  bool is_alive() override {
    while (const Reply<xcb_generic_event_t> event{xcb_poll_for_event(connection_->get())}) {}
    return xcb_connection_has_error(connection_->get()) == 0;
  }

 private:
  std::unique_ptr<X11Connection> connection_;
  X11Grab grab_;
  X11Cursor cursor_;
};

} // namespace

Result<std::unique_ptr<WatchedDesktop>> open_x11_desktop(const std::string& display, X11Options options) {
  RS_TRY(auto connection, X11Connection::open(display));
  return std::unique_ptr<WatchedDesktop>(std::make_unique<X11Desktop>(std::move(connection), options));
}

} // namespace rs::desktop
