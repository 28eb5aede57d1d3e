#pragma once

#include "agentd/desktop/x11_connection.hpp"
#include "base/bytes.hpp"
#include "daemon/descriptor.hpp"

#include <xcb/shm.h>

#include <optional>

namespace rs::desktop {

// Reads pixels of the root window: through memory that the server writes into, or over the socket where it refuses that
// (another IPC namespace, a server elsewhere).
class X11Grab {
 public:
  explicit X11Grab(const X11Connection& connection, bool use_shm = true) : connection_(connection), shm_refused_(!use_shm) {}

  // BGRX without gaps; good until the next call. `region` lies on the root window. An error is `io`.
  Result<MutableBytes> grab(const Region& region);
  bool uses_shm() const { return !shm_refused_; }

 private:
  // Memory that both sides have mapped.
  class Segment {
   public:
    static std::optional<Segment> make(const X11Connection& connection, std::size_t bytes);
    Segment(Segment&& other) noexcept;
    Segment& operator=(Segment&& other) noexcept;
    ~Segment();
    xcb_shm_seg_t id() const { return id_; }
    MutableBytes memory() const { return memory_; }

   private:
    Segment(xcb_connection_t* connection, MutableBytes memory) : connection_(connection), memory_(memory) {}
    xcb_connection_t* connection_;
    MutableBytes memory_;
    xcb_shm_seg_t id_ = XCB_NONE;
  };

  Result<MutableBytes> grab_shared(const Region& region, std::size_t bytes);
  Result<MutableBytes> grab_copied(const Region& region, std::size_t bytes);

  const X11Connection& connection_;
  bool shm_refused_;
  std::optional<Segment> segment_; // kept for the next grab
  Bytes copied_;
};

} // namespace rs::desktop
