#pragma once

#include "base/bytes.hpp"

#include <algorithm>

namespace rs::test {

// A fuzzer's input as decisions and bytes, taken from the front; when it is used up, zeros and nothing.
class FuzzInput {
 public:
  explicit FuzzInput(ByteView bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto out = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return out;
  }
  std::uint32_t number() { return static_cast<std::uint32_t>(byte()) << 8 | byte(); }
  ByteView take(std::size_t bytes) {
    const auto out = bytes_.first(std::min(bytes, bytes_.size()));
    bytes_ = bytes_.subspan(out.size());
    return out;
  }

 private:
  ByteView bytes_;
};

} // namespace rs::test
