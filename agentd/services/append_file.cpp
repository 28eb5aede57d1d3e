#include "agentd/services/append_file.hpp"

#include "daemon/posix_error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace rs::agent {
namespace {

using daemon::Descriptor;
using daemon::posix_error;

// A file whose name is not on the disk yet would be lost with its contents.
void sync_parent(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto parent = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
  const Descriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory) ::fsync(directory.get());
}

} // namespace

Result<AppendFile> AppendFile::open(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0) return posix_error(path, errno);
  sync_parent(path);
  return AppendFile(path, std::move(file), status.st_size);
}

Result<std::string> AppendFile::tail(std::int64_t limit) const {
  const auto begin = std::max<std::int64_t>(0, size_ - limit);
  std::string out(static_cast<std::size_t>(size_ - begin), '\0');
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::pread(file_.get(), out.data() + done, out.size() - done, begin + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return posix_error(path_, got == 0 ? EIO : errno);
    done += static_cast<std::size_t>(got);
  }
  return out;
}

Result<void> AppendFile::write(std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put = ::pwrite(file_.get(), bytes.data() + done, bytes.size() - done, size_ + static_cast<off_t>(done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return posix_error(path_, put == 0 ? ENOSPC : errno);
    done += static_cast<std::size_t>(put);
  }
  if (::fdatasync(file_.get()) != 0) return posix_error(path_, errno);
  return {};
}

Result<void> AppendFile::append(std::string_view bytes) {
  const auto written = write(bytes);
  if (!written) {
    static_cast<void>(cut_to(size_)); // where even this fails, the next open finds a torn line
    return written;
  }
  size_ += static_cast<std::int64_t>(bytes.size());
  return {};
}

Result<void> AppendFile::cut_to(std::int64_t size) {
  if (::ftruncate(file_.get(), size) != 0 || ::fsync(file_.get()) != 0) return posix_error(path_, errno);
  size_ = size;
  return {};
}

} // namespace rs::agent
