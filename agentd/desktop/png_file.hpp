#pragma once

#include "base/bytes.hpp"
#include "daemon/descriptor.hpp"

#include <cstdint>

namespace rs::desktop {

// A file in memory that is handed to another process: once sealed nobody can change or shrink it.
class PngFile {
 public:
  static Result<PngFile> make();
  // `limit` above kMaxPngBytes.
  Result<void> append(ByteView bytes);
  Result<void> seal();
  std::uint64_t size() const { return size_; }
  int descriptor() const { return file_.get(); }

 private:
  explicit PngFile(daemon::Descriptor file) : file_(std::move(file)) {}
  daemon::Descriptor file_;
  std::uint64_t size_ = 0;
};

} // namespace rs::desktop
