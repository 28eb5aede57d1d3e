#pragma once

#include "base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rs::desktop {

inline constexpr std::size_t kMaxHelperDocument = 64 << 10; // bytes of one document
inline constexpr std::size_t kHelperPrefix = 4;             // bytes of the length before it, network order

// The length, then the document, which is 1 to kMaxHelperDocument bytes.
Bytes frame_document(std::string_view document);

// Documents out of a stream of bytes that arrives in any pieces. Sans-IO. It never holds more than one document and
// what was pushed last.
class DocumentReader {
 public:
  void push(ByteView bytes) { held_.append(as_text(bytes)); }
  // The next whole document; nothing: more bytes are needed. `limit` or `invalid`: the stream is broken for good.
  Result<std::optional<std::string>> next();

 private:
  std::string held_;
};

} // namespace rs::desktop
