#include "files/posix_file.hpp"

#include "files/posix_metadata.hpp"

#include <sys/types.h>

#include <cerrno>
#include <limits>

namespace rs::files {
namespace {

// The system counts in signed numbers: a negative offset would mean something else.
constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());

off_t signed_offset(std::uint64_t offset) { return static_cast<off_t>(std::min(offset, kLargest)); }

} // namespace

Result<FileStat> PosixFile::stat() {
  struct stat status{};
  if (::fstat(file_.get(), &status) != 0) return path_.failed(errno);
  return to_file_stat(status);
}

Result<std::size_t> PosixFile::read(std::uint64_t offset, MutableBytes room) {
  std::size_t used = 0;
  while (used < room.size() && offset + used < kLargest) {
    const auto got = ::pread(file_.get(), room.data() + used, room.size() - used, signed_offset(offset + used));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return path_.failed(errno);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  return used;
}

Result<void> PosixFile::write(std::uint64_t offset, ByteView bytes) {
  if (offset > kLargest || bytes.size() > kLargest - offset) return path_.failed(EFBIG);
  while (!bytes.empty()) {
    const auto put = ::pwrite(file_.get(), bytes.data(), bytes.size(), signed_offset(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return path_.failed(put == 0 ? ENOSPC : errno);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

Result<Extent> PosixFile::next_data(std::uint64_t offset) {
  const auto begin = ::lseek(file_.get(), signed_offset(offset), SEEK_DATA);
  if (begin < 0 && errno == ENXIO) return Extent{offset, offset};
  if (begin < 0 && errno != EINVAL && errno != EOPNOTSUPP) return path_.failed(errno);
  if (begin < 0) { // a file system that knows no holes
    RS_TRY(const auto status, stat());
    return Extent{offset, std::max(offset, status.size)};
  }
  const auto end = ::lseek(file_.get(), begin, SEEK_HOLE);
  if (end < 0 && errno == ENXIO) return Extent{offset, offset}; // shrunk meanwhile
  if (end < 0) return path_.failed(errno);
  return Extent{static_cast<std::uint64_t>(begin), static_cast<std::uint64_t>(end)};
}

Result<void> PosixFile::resize(std::uint64_t size) {
  if (size > kLargest) return path_.failed(EFBIG);
  while (::ftruncate(file_.get(), signed_offset(size)) != 0) {
    if (errno != EINTR) return path_.failed(errno);
  }
  return {};
}

Result<void> PosixFile::sync() {
  if (::fsync(file_.get()) != 0) return path_.failed(errno);
  return {};
}

Result<void> PosixFile::set(const Metadata& metadata) { return apply_metadata(file_.get(), metadata, path_); }

Result<std::vector<Attribute>> PosixFile::attributes() { return read_attributes(file_.get(), path_); }

} // namespace rs::files
