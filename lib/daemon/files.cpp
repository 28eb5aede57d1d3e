#include "daemon/files.hpp"

#include "daemon/descriptor.hpp"
#include "daemon/posix_error.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

namespace rs::daemon {
namespace {

Result<void> write_all(int descriptor, ByteView bytes, const std::string& path) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return posix_error("writing " + path, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> sync_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return posix_error("syncing " + path, errno);
  return {};
}

Result<void> fill(int descriptor, const std::string& path, ByteView bytes, mode_t mode, Durability durability) {
  if (::fchmod(descriptor, mode) != 0) return posix_error("setting the mode of " + path, errno);
  RS_CHECK(write_all(descriptor, bytes, path));
  if (durability == Durability::durable && ::fsync(descriptor) != 0) return posix_error("syncing " + path, errno);
  return {};
}

} // namespace

Result<void> write_file_atomically(const std::string& path, ByteView bytes, mode_t mode, Durability durability) {
  std::string temporary = path + ".XXXXXX";
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) return posix_error("creating " + path, errno);
  auto filled = fill(file.get(), path, bytes, mode, durability);
  if (filled && ::rename(temporary.c_str(), path.c_str()) != 0) filled = posix_error("replacing " + path, errno);
  if (!filled) {
    ::unlink(temporary.c_str());
    return filled.error();
  }
  if (durability == Durability::durable) return sync_directory(directory_of(path));
  return {};
}

Result<Bytes> read_file(const std::string& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return posix_error("opening " + path, errno);
  Bytes out;
  std::size_t used = 0;
  for (;;) {
    out.resize(used + std::min<std::size_t>(limit + 1 - used, 64 << 10));
    const auto got = ::read(file.get(), out.data() + used, out.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return posix_error("reading " + path, errno);
    used += static_cast<std::size_t>(got);
    if (used > limit) return fail(Errc::limit, path + " is larger than " + std::to_string(limit) + " bytes");
    if (got == 0) break;
  }
  out.resize(used);
  return out;
}

Result<void> make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno == ENOENT && directory_of(path) != path) {
    RS_CHECK(make_private_directory(directory_of(path)));
    if (::mkdir(path.c_str(), 0700) == 0) return {};
  }
  const int failed = errno;
  struct stat found{};
  if (failed == EEXIST && ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) return {};
  return posix_error("making the directory " + path, failed);
}

Result<FileLock> FileLock::lock(const std::string& path, int operation) {
  for (;;) {
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return posix_error("opening " + path, errno);
    while (::flock(file.get(), operation) != 0) {
      if (errno == EWOULDBLOCK) return fail(Errc::conflict, path + " is locked by another process");
      if (errno != EINTR) return posix_error("locking " + path, errno);
    }
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) return posix_error("locking " + path, errno);
    if (status.st_nlink > 0) return FileLock(file.release());
    // The holder before us has removed it: nobody else will meet this lock.
  }
}

Result<FileLock> FileLock::acquire(const std::string& path) { return lock(path, LOCK_EX); }
Result<FileLock> FileLock::try_acquire(const std::string& path) { return lock(path, LOCK_EX | LOCK_NB); }

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}
FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

} // namespace rs::daemon
