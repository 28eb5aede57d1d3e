#include "wire/frame.hpp"

#include "wire/limits.hpp"

#include <cstring>
#include <string>

namespace rs::wire {
namespace {

Error malformed(std::string what) { return fail(Errc::invalid, "frame: " + std::move(what)); }

Error over_limit(FrameType type, std::string_view part, std::size_t bytes, std::size_t most) {
  return fail(Errc::limit, "frame: " + std::string(name(type)) + " " + std::string(part) + " of " + std::to_string(bytes) +
                               " bytes, at most " + std::to_string(most));
}

bool carries_json(FrameType type) {
  return type == FrameType::open || type == FrameType::accept || type == FrameType::refuse || type == FrameType::close;
}

Result<Frame> parse_control(Frame frame, ByteView payload) {
  if (frame.circuit != 0) return malformed("CONTROL on circuit " + std::to_string(frame.circuit));
  if (payload.size() > kMaxControl) return over_limit(frame.type, "payload", payload.size(), kMaxControl);
  frame.json = as_text(payload);
  return frame;
}

Result<Frame> parse_signalling(Frame frame, ByteView payload, std::size_t json_bytes) {
  if (json_bytes > kMaxOpenJson) return over_limit(frame.type, "JSON", json_bytes, kMaxOpenJson);
  if (json_bytes > payload.size()) return malformed(std::string(name(frame.type)) + " is shorter than its JSON");
  frame.json = as_text(payload.first(json_bytes));
  frame.opaque = payload.subspan(json_bytes);
  if (frame.opaque.size() > kMaxOpenOpaque) return over_limit(frame.type, "payload", frame.opaque.size(), kMaxOpenOpaque);
  return frame;
}

Result<Frame> parse_credit(Frame frame, ByteView payload) {
  if (payload.size() != 4) return malformed("CREDIT of " + std::to_string(payload.size()) + " bytes, expected 4");
  frame.credit = load_be<std::uint32_t>(payload.data());
  return frame;
}

void put_header(std::uint8_t* at, CircuitId circuit, FrameType type, std::uint16_t json_bytes) {
  store_be<std::uint32_t>(at, circuit);
  at[4] = static_cast<std::uint8_t>(type);
  at[5] = 0;
  store_be<std::uint16_t>(at + 6, json_bytes);
}

Buffer encode(CircuitId circuit, FrameType type, std::uint16_t json_bytes, ByteView first, ByteView second) {
  Buffer out(kHeaderBytes + first.size() + second.size());
  out.resize(out.capacity());
  put_header(out.data(), circuit, type, json_bytes);
  if (!first.empty()) std::memcpy(out.data() + kHeaderBytes, first.data(), first.size());
  if (!second.empty()) std::memcpy(out.data() + kHeaderBytes + first.size(), second.data(), second.size());
  return out;
}

} // namespace

std::string_view name(FrameType type) {
  switch (type) {
    case FrameType::control: return "CONTROL";
    case FrameType::open: return "OPEN";
    case FrameType::accept: return "ACCEPT";
    case FrameType::refuse: return "REFUSE";
    case FrameType::close: return "CLOSE";
    case FrameType::data: return "DATA";
    case FrameType::credit: return "CREDIT";
  }
  return "unknown";
}

Result<Frame> parse_frame(ByteView message) {
  if (message.size() < kHeaderBytes) return malformed("shorter than its header");
  if (message.size() > kMaxMessage) return over_limit(FrameType::data, "message", message.size(), kMaxMessage);
  Frame frame;
  frame.circuit = load_be<std::uint32_t>(message.data());
  frame.type = static_cast<FrameType>(message[4]);
  if (name(frame.type) == "unknown") return malformed("unknown type " + std::to_string(message[4]));
  if (message[5] != 0) return malformed("unknown flags " + std::to_string(message[5]));
  const std::size_t json_bytes = load_be<std::uint16_t>(message.data() + 6);
  const ByteView payload = message.subspan(kHeaderBytes);
  if (json_bytes != 0 && !carries_json(frame.type)) return malformed(std::string(name(frame.type)) + " with json_bytes");
  if (frame.type == FrameType::control) return parse_control(frame, payload);
  if (frame.circuit == 0) return malformed(std::string(name(frame.type)) + " on circuit 0");
  if (frame.type == FrameType::credit) return parse_credit(frame, payload);
  if (frame.type != FrameType::data) return parse_signalling(frame, payload, json_bytes);
  if (payload.empty()) return malformed("DATA without payload");
  frame.opaque = payload;
  return frame;
}

Buffer encode_control(std::string_view json) {
  RS_ASSERT(json.size() <= kMaxControl);
  return encode(0, FrameType::control, 0, as_bytes(json), {});
}

Buffer encode_frame(CircuitId circuit, FrameType type, std::string_view json, ByteView opaque) {
  RS_ASSERT(carries_json(type) && circuit != 0 && json.size() <= kMaxOpenJson && opaque.size() <= kMaxOpenOpaque);
  return encode(circuit, type, static_cast<std::uint16_t>(json.size()), as_bytes(json), opaque);
}

Buffer encode_credit(CircuitId circuit, std::uint32_t bytes) {
  std::array<std::uint8_t, 4> payload;
  store_be(payload.data(), bytes);
  return encode(circuit, FrameType::credit, 0, payload, {});
}

void put_data_header(Buffer& message, CircuitId circuit) {
  RS_ASSERT(message.size() > kHeaderBytes && message.size() <= kMaxMessage);
  put_header(message.data(), circuit, FrameType::data, 0);
}

void put_circuit(Buffer& message, CircuitId circuit) {
  RS_ASSERT(message.size() >= kHeaderBytes);
  store_be<std::uint32_t>(message.data(), circuit);
}

} // namespace rs::wire
