#pragma once

#include "base/buffer.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string_view>

// One WebSocket binary message is one frame: an 8-byte header in network order and a payload. See PROTOCOL.md.
namespace rs::wire {

enum class FrameType : std::uint8_t { control = 1, open = 2, accept = 3, refuse = 4, close = 5, data = 6, credit = 7 };

std::string_view name(FrameType type);

using CircuitId = std::uint32_t; // 0 is the link itself; odd ids are the peer's, even ones the relay's

inline constexpr std::size_t kHeaderBytes = 8;

struct Frame {
  CircuitId circuit = 0;
  FrameType type = FrameType::control;
  std::string_view json; // OPEN, ACCEPT, REFUSE, CLOSE: their JSON; CONTROL: the whole payload
  ByteView opaque;       // OPEN, ACCEPT: the handshake message; DATA: the sealed frame
  std::uint32_t credit = 0;
};

// The views of the result point into `message`. `invalid` for anything that is not a frame; `limit` where a part is
// longer than wire/limits.hpp allows.
Result<Frame> parse_frame(ByteView message);

Buffer encode_control(std::string_view json);
// OPEN, ACCEPT, REFUSE and CLOSE. The parts are within their limits.
Buffer encode_frame(CircuitId circuit, FrameType type, std::string_view json, ByteView opaque = {});
Buffer encode_credit(CircuitId circuit, std::uint32_t bytes);
// Writes the header of a DATA frame whose payload already stands behind it.
void put_data_header(Buffer& message, CircuitId circuit);

// What the relay does to a frame: the same buffer goes on under another id.
void put_circuit(Buffer& message, CircuitId circuit);

} // namespace rs::wire
