#pragma once

#include "desktop/desktop.hpp"

#include <memory>

namespace rs::desktop {

struct X11Options {
  bool use_shm = true; // false: pixels come over the socket, as where the server refuses shared memory
};

// A desktop and the descriptor that becomes readable where its server has gone.
class WatchedDesktop : public Desktop {
 public:
  virtual int descriptor() const = 0;
  // What came unasked is taken off the descriptor. False: the server has gone.
  virtual bool is_alive() = 0;
};

// `unsupported`: no such display, refused, or pixels of a kind that cannot be read. XAUTHORITY is the environment's.
Result<std::unique_ptr<WatchedDesktop>> open_x11_desktop(const std::string& display, X11Options options = {});

} // namespace rs::desktop
