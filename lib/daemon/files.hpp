#pragma once

#include "base/bytes.hpp"

#include <sys/types.h>
#include <string>

namespace rs::daemon {

enum class Durability {
  durable,   // the new content survives a power cut once the call returned
  volatile_, // for caches: only the replacement is atomic
};

// Replaces `path` by rename from a temporary file in the same directory: a reader sees the old content or the new, and
// a failure leaves the old. `mode` holds whatever the umask. Errors as posix_error().
Result<void> write_file_atomically(const std::string& path, ByteView bytes, mode_t mode,
                                   Durability durability = Durability::durable);
// `limit` when the file is larger than `limit` bytes; else as posix_error().
Result<Bytes> read_file(const std::string& path, std::size_t limit);
// With its parents; a directory that exists must be one and is set to 0700 only when this call made it.
Result<void> make_private_directory(const std::string& path);

// An exclusive flock() on a file that is made where missing; let go at destruction, and when the process ends.
class FileLock {
 public:
  static Result<FileLock> acquire(const std::string& path);     // waits
  static Result<FileLock> try_acquire(const std::string& path); // `locked`-by-another is `conflict`
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  static Result<FileLock> lock(const std::string& path, int operation);
  int descriptor_;
};

} // namespace rs::daemon
