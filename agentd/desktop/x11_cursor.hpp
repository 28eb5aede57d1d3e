#pragma once

#include "agentd/desktop/x11_connection.hpp"
#include "base/bytes.hpp"

#include <span>

namespace rs::desktop {

// A pointer's picture: premultiplied ARGB pixels, and where its upper left corner is on the desktop.
struct CursorImage {
  Region area;
  std::span<const std::uint32_t> pixels;
};

// Draws what of the cursor lies inside `region` over its BGRX pixels.
void blend(const CursorImage& cursor, const Region& region, MutableBytes pixels);

class X11Cursor {
 public:
  explicit X11Cursor(const X11Connection& connection) : connection_(connection) {}
  // Draws the pointer as it is now; without XFixes there is none to draw. An error is `io`.
  Result<void> draw(const Region& region, MutableBytes pixels);

 private:
  bool is_supported();

  const X11Connection& connection_;
  enum class Support { unknown, present, missing } support_ = Support::unknown;
};

} // namespace rs::desktop
