#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string>

namespace rs::files {

// The receiving end of a transfer's stream. All calls block and belong on one worker thread; an error is the transfer's.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  // Before the first frame.
  virtual Result<void> start() = 0;
  // Of kPlainStream or kZstdStream, in order.
  virtual Result<void> on_frame(std::uint8_t kind, ByteView bytes) = 0;
  // The stream's sealed end.
  virtual Result<void> finish() = 0;
  // It was cut, or failed: what is unfinished goes, or is kept for another attempt; never under its final name.
  virtual void abandon() = 0;
  // From any thread: what runs gives up soon, with `interrupted`.
  virtual void cancel() = 0;
  // Bytes of kReplyStream that are due since the last call.
  virtual std::string take_replies() = 0;
};

} // namespace rs::files
