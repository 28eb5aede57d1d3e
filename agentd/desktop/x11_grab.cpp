#include "agentd/desktop/x11_grab.hpp"

#include "desktop/desktop.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <algorithm>

namespace rs::desktop {
namespace {

constexpr std::size_t kBandBytes = 4 << 20; // of one answer of the server, where pixels come over the socket
constexpr std::uint32_t kAllPlanes = ~0U;

std::size_t bytes_of(const Region& region) { return std::size_t{region.width} * region.height * kPixelBytes; }

} // namespace

X11Grab::Segment::Segment(Segment&& other) noexcept
    : connection_(other.connection_), memory_(std::exchange(other.memory_, {})), id_(std::exchange(other.id_, XCB_NONE)) {}

X11Grab::Segment& X11Grab::Segment::operator=(Segment&& other) noexcept {
  std::swap(connection_, other.connection_);
  std::swap(memory_, other.memory_);
  std::swap(id_, other.id_);
  return *this;
}

X11Grab::Segment::~Segment() {
  if (id_ != XCB_NONE) xcb_shm_detach(connection_, id_);
  if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
}

// By descriptor (MIT-SHM 1.2), so that nothing is left behind in the system whoever dies first.
std::optional<X11Grab::Segment> X11Grab::Segment::make(const X11Connection& connection, std::size_t bytes) {
  if (!connection.has_extension("MIT-SHM")) return std::nullopt;
  daemon::Descriptor file(::memfd_create("agentd-desktop", MFD_CLOEXEC));
  if (!file || ::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0) return std::nullopt;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) return std::nullopt;
  Segment segment(connection.get(), {static_cast<std::uint8_t*>(memory), bytes});
  const auto id = xcb_generate_id(connection.get());
  const auto attached = xcb_shm_attach_fd_checked(connection.get(), id, file.release(), 0); // libxcb closes the descriptor
  if (const Reply<xcb_generic_error_t> refused(xcb_request_check(connection.get(), attached)); refused) return std::nullopt;
  if (xcb_connection_has_error(connection.get()) != 0) return std::nullopt;
  segment.id_ = id;
  return segment;
}

Result<MutableBytes> X11Grab::grab(const Region& region) {
  const auto bytes = bytes_of(region);
  if (!shm_refused_ && (!segment_ || segment_->memory().size() < bytes)) {
    segment_.reset();
    segment_ = Segment::make(connection_, bytes);
    shm_refused_ = !segment_;
  }
  return shm_refused_ ? grab_copied(region, bytes) : grab_shared(region, bytes);
}

Result<MutableBytes> X11Grab::grab_shared(const Region& region, std::size_t bytes) {
  xcb_generic_error_t* error = nullptr;
  const auto asked =
      xcb_shm_get_image(connection_.get(), connection_.root(), static_cast<std::int16_t>(region.x),
                        static_cast<std::int16_t>(region.y), static_cast<std::uint16_t>(region.width),
                        static_cast<std::uint16_t>(region.height), kAllPlanes, XCB_IMAGE_FORMAT_Z_PIXMAP, segment_->id(), 0);
  const Reply<xcb_shm_get_image_reply_t> reply(xcb_shm_get_image_reply(connection_.get(), asked, &error));
  if (!reply) return connection_.why("reading the screen", Reply<xcb_generic_error_t>(error));
  return segment_->memory().first(bytes);
}

Result<MutableBytes> X11Grab::grab_copied(const Region& region, std::size_t bytes) {
  copied_.resize(bytes);
  const auto row_bytes = std::size_t{region.width} * kPixelBytes;
  const auto band_rows = static_cast<std::uint32_t>(std::max<std::size_t>(1, kBandBytes / row_bytes));
  for (std::uint32_t row = 0; row < region.height; row += band_rows) {
    const auto rows = std::min(band_rows, region.height - row);
    xcb_generic_error_t* error = nullptr;
    const auto asked =
        xcb_get_image(connection_.get(), XCB_IMAGE_FORMAT_Z_PIXMAP, connection_.root(), static_cast<std::int16_t>(region.x),
                      static_cast<std::int16_t>(region.y + static_cast<std::int32_t>(row)),
                      static_cast<std::uint16_t>(region.width), static_cast<std::uint16_t>(rows), kAllPlanes);
    const Reply<xcb_get_image_reply_t> reply(xcb_get_image_reply(connection_.get(), asked, &error));
    if (!reply) return connection_.why("reading the screen", Reply<xcb_generic_error_t>(error));
    if (static_cast<std::size_t>(xcb_get_image_data_length(reply.get())) < rows * row_bytes)
      return fail(Errc::io, "the X server sent fewer pixels than it was asked for");
    std::copy_n(xcb_get_image_data(reply.get()), rows * row_bytes, copied_.data() + row * row_bytes);
  }
  return MutableBytes(copied_);
}

} // namespace rs::desktop
