#include "files/pipe_file.hpp"

#include "files/limits.hpp"
#include "files/posix_path.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace rs::files {

PipeCancel::PipeCancel() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void PipeCancel::cancel() {
  const std::uint64_t one = 1;
  (void)!::write(event_.get(), &one, sizeof one);
}

// The descriptor stays as other processes have it, so a wait comes before each call that may block.
Result<void> PipeFile::wait(short events) {
  pollfd waits[2] = {{descriptor_, events, 0}, {cancel_->descriptor(), POLLIN, 0}};
  while (::poll(waits, 2, -1) < 0) {
    if (errno != EINTR) return path_error(name_, errno);
  }
  if (waits[1].revents != 0) return fail(Errc::interrupted, name_ + ": cancelled");
  return {};
}

Result<FileStat> PipeFile::stat() { return FileStat{}; }

Result<std::size_t> PipeFile::read(std::uint64_t, MutableBytes room) {
  RS_CHECK(wait(POLLIN));
  for (;;) {
    const auto got = ::read(descriptor_, room.data(), room.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return path_error(name_, errno);
  }
}

Result<void> PipeFile::write(std::uint64_t, ByteView bytes) {
  while (!bytes.empty()) {
    RS_CHECK(wait(POLLOUT));
    const auto part = std::min<std::size_t>(bytes.size(), 4096); // what a pipe that is ready takes without a wait
    const auto put = ::write(descriptor_, bytes.data(), part);
    if (put < 0 && errno != EINTR && errno != EAGAIN) return path_error(name_, errno);
    if (put > 0) bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<Extent> PipeFile::next_data(std::uint64_t offset) { return Extent{offset, kMaxSize}; }

} // namespace rs::files
