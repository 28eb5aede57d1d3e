#include "base/assert.hpp"
#include "wire/frame.hpp"
#include "wire/limits.hpp"

// What parses as a frame is within the limits and is encoded to the same bytes again.
namespace {

using namespace rs;
using namespace rs::wire;

Buffer encoded(const Frame& frame) {
  if (frame.type == FrameType::control) return encode_control(frame.json);
  if (frame.type == FrameType::credit) return encode_credit(frame.circuit, frame.credit);
  if (frame.type != FrameType::data) return encode_frame(frame.circuit, frame.type, frame.json, frame.opaque);
  Buffer message(kHeaderBytes + frame.opaque.size());
  message.resize(message.capacity());
  std::copy(frame.opaque.begin(), frame.opaque.end(), message.data() + kHeaderBytes);
  put_data_header(message, frame.circuit);
  return message;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView message(data, size);
  const auto frame = parse_frame(message);
  if (!frame) {
    RS_ASSERT(frame.error().code == Errc::invalid || frame.error().code == Errc::limit);
    return 0;
  }
  RS_ASSERT((frame->circuit == 0) == (frame->type == FrameType::control));
  const auto again = encoded(*frame);
  RS_ASSERT(std::equal(message.begin(), message.end(), again.view().begin(), again.view().end()));
  auto moved = Buffer::copy_of(message);
  put_circuit(moved, ~frame->circuit);
  const auto elsewhere = parse_frame(moved.view());
  RS_ASSERT(frame->circuit == 0 || ~frame->circuit == 0 ||
            (elsewhere && elsewhere->type == frame->type && elsewhere->json == frame->json));
  return 0;
}
