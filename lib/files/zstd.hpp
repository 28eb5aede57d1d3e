#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <functional>
#include <memory>

namespace rs::files {

// One zstd stream (RFC 8878), cut into pieces that each unpack without the next.
class Compressor {
 public:
  Compressor();
  ~Compressor();
  // Bytes of input whose piece surely fits into `room` bytes.
  static std::size_t fitting(std::size_t room);
  // The piece's size; `in` is at most fitting(out.size()).
  std::size_t compress(ByteView in, MutableBytes out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class Decompressor {
 public:
  Decompressor();
  ~Decompressor();
  // Hands on what the piece unpacks to, 128 KiB at a time. `invalid`: no zstd, or a window of more than 8 MiB.
  Result<void> decompress(ByteView in, const std::function<Result<void>(ByteView)>& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace rs::files
