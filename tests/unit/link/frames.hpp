#pragma once

#include "wire/frame.hpp"

#include <optional>

namespace rs::test {

// A DATA message of `payload` bytes, each of them `fill`.
inline Buffer data_message(wire::CircuitId circuit, std::size_t payload, std::uint8_t fill = 0) {
  Buffer message(wire::kHeaderBytes + payload);
  message.resize(message.capacity());
  std::fill_n(message.data(), message.size(), fill);
  wire::put_data_header(message, circuit);
  return message;
}

inline wire::CircuitId circuit_of(const Buffer& message) { return load_be<std::uint32_t>(message.data()); }
inline wire::FrameType type_of(const Buffer& message) { return static_cast<wire::FrameType>(message.data()[4]); }

} // namespace rs::test
