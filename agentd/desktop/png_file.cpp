#include "agentd/desktop/png_file.hpp"

#include "daemon/posix_error.hpp"
#include "desktop/helper_messages.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cerrno>

namespace rs::desktop {

Result<PngFile> PngFile::make() {
  daemon::Descriptor file(::memfd_create("screenshot", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return daemon::posix_error("memory for the picture", errno);
  return PngFile(std::move(file));
}

Result<void> PngFile::append(ByteView bytes) {
  if (bytes.size() > kMaxPngBytes - size_)
    return fail(Errc::limit, "the PNG has more than " + std::to_string(kMaxPngBytes) + " bytes; name a --region");
  while (!bytes.empty()) {
    const auto written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return daemon::posix_error("memory for the picture", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    size_ += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<void> PngFile::seal() {
  if (::fcntl(file_.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
    return daemon::posix_error("sealing the picture", errno);
  return {};
}

} // namespace rs::desktop
