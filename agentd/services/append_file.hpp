#pragma once

#include "base/result.hpp"
#include "daemon/descriptor.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rs::agent {

// A file (0600) that only grows at its end, and whose every change is on the disk when the call returns. One writer.
class AppendFile {
 public:
  static Result<AppendFile> open(const std::string& path); // makes it where missing
  std::int64_t size() const { return size_; }
  // The last `limit` bytes, or all.
  Result<std::string> tail(std::int64_t limit) const;
  // All or nothing: what a failure (`no-space`, `io`) left half-written is cut off again.
  Result<void> append(std::string_view bytes);
  Result<void> cut_to(std::int64_t size);

 private:
  AppendFile(std::string path, daemon::Descriptor file, std::int64_t size)
      : path_(std::move(path)), file_(std::move(file)), size_(size) {}
  Result<void> write(std::string_view bytes);

  std::string path_;
  daemon::Descriptor file_;
  std::int64_t size_;
};

} // namespace rs::agent
