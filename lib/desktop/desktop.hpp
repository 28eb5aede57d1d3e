#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "desktop/region.hpp"

#include <string>
#include <vector>

namespace rs::desktop {

// Pixels that a grab may have, so that a broken server cannot ask for any amount of memory.
inline constexpr std::uint64_t kMaxPixels = 128 << 20;

inline constexpr std::size_t kPixelBytes = 4; // blue, green, red, and one byte without meaning

// Rows of pixels, from the top, without gaps: 4 * width * height bytes.
struct Picture {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  ByteView pixels;
};

struct Screen {
  std::string name; // "HDMI-1"
  Region area;      // on the whole desktop
};

// The desktop of one user, on whatever platform. One thread; calls block. `unsupported`: this desktop cannot do it, and
// the message names what is missing; `io`: it is gone, and this object is good for nothing any more.
class Desktop {
 public:
  virtual ~Desktop() = default;

  // Everything, all screens together.
  virtual Result<Region> area() = 0;
  // Those that are on, in the order of the system.
  virtual Result<std::vector<Screen>> screens() = 0;
  // `region` lies inside area(). The pixels are good until the next call.
  virtual Result<Picture> grab(const Region& region, bool with_cursor) = 0;
};

} // namespace rs::desktop
