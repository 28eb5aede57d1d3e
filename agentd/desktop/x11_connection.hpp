#pragma once

#include "base/handle.hpp"
#include "base/result.hpp"
#include "desktop/region.hpp"

#include <xcb/xcb.h>

#include <cstdlib>
#include <string>

// Included in this folder only, and by none of the headers that others see.
namespace rs::desktop {

// What the server answered; libxcb allocates it.
template <class T>
using Reply = Handle<T, std::free>;

// A connection to one X server and one of its screens. Everything blocks: who started this process bounds the time.
class X11Connection {
 public:
  // `unsupported`: nobody there, access refused, or a screen whose pixels are not 32-bit BGRX.
  static Result<std::unique_ptr<X11Connection>> open(const std::string& display);

  xcb_connection_t* get() const { return connection_.get(); }
  xcb_window_t root() const { return screen_->root; }
  std::uint8_t depth() const { return screen_->root_depth; }
  int socket() const { return xcb_get_file_descriptor(get()); }
  bool has_extension(const char* name) const;
  // The root window as it is now: its size may change while we live.
  Result<Region> root_area() const;
  // Why a request had no answer: `io` where the server has gone, else with what it refused.
  Error why(const std::string& what, Reply<xcb_generic_error_t> error) const;

 private:
  struct Disconnect {
    void operator()(xcb_connection_t* connection) const { xcb_disconnect(connection); }
  };
  X11Connection(std::string display, xcb_connection_t* connection) : display_(std::move(display)), connection_(connection) {}
  Result<void> check_screen(int number);
  Result<void> check_pixels() const;

  std::string display_;
  std::unique_ptr<xcb_connection_t, Disconnect> connection_;
  const xcb_screen_t* screen_ = nullptr;
};

} // namespace rs::desktop
