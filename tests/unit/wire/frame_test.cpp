#include "wire/frame.hpp"

#include "wire/limits.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::wire;

// A header, and a payload of `payload` bytes.
Bytes message(std::uint32_t circuit, int type, int flags, std::uint16_t json_bytes, std::size_t payload) {
  Bytes out(kHeaderBytes + payload, 0x20);
  store_be<std::uint32_t>(out.data(), circuit);
  out[4] = static_cast<std::uint8_t>(type);
  out[5] = static_cast<std::uint8_t>(flags);
  store_be<std::uint16_t>(out.data() + 6, json_bytes);
  return out;
}

struct Rejection {
  const char* what;
  Bytes bytes;
  Errc code;
  const char* says;
};

std::vector<Rejection> rejections() {
  const auto open = static_cast<int>(FrameType::open);
  return {
      {"nothing", {}, Errc::invalid, "shorter than its header"},
      {"seven bytes", Bytes(7, 1), Errc::invalid, "shorter than its header"},
      {"too long as a whole", message(1, 6, 0, 0, kMaxData + 1), Errc::limit, "262153 bytes, at most 262152"},
      {"type 0", message(1, 0, 0, 0, 1), Errc::invalid, "unknown type 0"},
      {"type 8", message(1, 8, 0, 0, 1), Errc::invalid, "unknown type 8"},
      {"type 255", message(1, 255, 0, 0, 1), Errc::invalid, "unknown type 255"},
      {"a flag", message(1, 6, 0x80, 0, 1), Errc::invalid, "unknown flags 128"},
      {"CONTROL with json_bytes", message(0, 1, 0, 2, 2), Errc::invalid, "CONTROL with json_bytes"},
      {"DATA with json_bytes", message(1, 6, 0, 1, 2), Errc::invalid, "DATA with json_bytes"},
      {"CREDIT with json_bytes", message(1, 7, 0, 4, 4), Errc::invalid, "CREDIT with json_bytes"},
      {"CONTROL on a circuit", message(5, 1, 0, 0, 2), Errc::invalid, "CONTROL on circuit 5"},
      {"CONTROL too long", message(0, 1, 0, 0, kMaxControl + 1), Errc::limit, "CONTROL payload of 65537 bytes, at most 65536"},
      {"OPEN on the link", message(0, open, 0, 2, 2), Errc::invalid, "OPEN on circuit 0"},
      {"DATA on the link", message(0, 6, 0, 0, 2), Errc::invalid, "DATA on circuit 0"},
      {"CREDIT on the link", message(0, 7, 0, 0, 4), Errc::invalid, "CREDIT on circuit 0"},
      {"JSON beyond the payload", message(1, open, 0, 3, 2), Errc::invalid, "OPEN is shorter than its JSON"},
      {"JSON too long", message(1, open, 0, kMaxOpenJson + 1, 2000), Errc::limit, "OPEN JSON of 1025 bytes, at most 1024"},
      {"handshake too long", message(1, 3, 0, 0, kMaxOpenOpaque + 1), Errc::limit,
       "ACCEPT payload of 16385 bytes, at most 16384"},
      {"CLOSE with a load", message(1, 5, 0, 2, kMaxOpenOpaque + 3), Errc::limit, "CLOSE payload of 16385 bytes"},
      {"CREDIT of three bytes", message(1, 7, 0, 0, 3), Errc::invalid, "CREDIT of 3 bytes, expected 4"},
      {"CREDIT of five bytes", message(1, 7, 0, 0, 5), Errc::invalid, "CREDIT of 5 bytes, expected 4"},
      {"DATA of nothing", message(1, 6, 0, 0, 0), Errc::invalid, "DATA without payload"},
  };
}

TEST(WireFrame, RefusesWhatIsNoFrameAndSaysWhy) {
  for (const auto& row : rejections()) {
    const auto frame = parse_frame(row.bytes);
    ASSERT_FALSE(frame) << row.what;
    EXPECT_EQ(frame.error().code, row.code) << row.what;
    EXPECT_NE(frame.error().message.find(row.says), std::string::npos) << row.what << ": " << frame.error().message;
  }
}

TEST(WireFrame, TakesEachPartAtItsLimit) {
  EXPECT_TRUE(parse_frame(message(1, 6, 0, 0, kMaxData)));
  EXPECT_TRUE(parse_frame(message(1, 6, 0, 0, 1)));
  EXPECT_TRUE(parse_frame(message(0, 1, 0, 0, kMaxControl)));
  EXPECT_TRUE(parse_frame(message(1, 2, 0, kMaxOpenJson, kMaxOpenJson + kMaxOpenOpaque)));
}

TEST(WireFrame, PartsOfAnOpenPointIntoTheMessage) {
  const auto bytes = encode_frame(7, FrameType::open, "{}", Bytes{1, 2, 3});
  const auto frame = parse_frame(bytes.view());
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->circuit, 7u);
  EXPECT_EQ(frame->json, "{}");
  EXPECT_EQ(Bytes(frame->opaque.begin(), frame->opaque.end()), (Bytes{1, 2, 3}));
  EXPECT_EQ(frame->opaque.data(), bytes.data() + kHeaderBytes + 2);
}

TEST(WireFrame, CreditKeepsItsWholeRange) {
  for (const std::uint32_t bytes : {0u, 1u, 0xffffffffu})
    EXPECT_EQ(parse_frame(encode_credit(0xfffffffe, bytes).view())->credit, bytes);
}

TEST(WireFrame, AnotherCircuitChangesNothingElse) {
  auto bytes = encode_frame(3, FrameType::accept, {}, Bytes(50, 9));
  put_circuit(bytes, 0x01020304);
  const auto frame = parse_frame(bytes.view());
  EXPECT_EQ(frame->circuit, 0x01020304u);
  EXPECT_EQ(frame->type, FrameType::accept);
  EXPECT_EQ(Bytes(frame->opaque.begin(), frame->opaque.end()), Bytes(50, 9));
}

} // namespace
