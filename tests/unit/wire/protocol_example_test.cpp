#include "crypto/hash.hpp"
#include "sealed/frames.hpp"
#include "wire/frame.hpp"
#include "wire/messages.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

// The worked examples of PROTOCOL.md, read from the paper itself.
namespace {

using namespace rs;
using wire::FrameType;

// The bytes of each block that begins with "```frame NAME".
std::map<std::string, Bytes> examples() {
  std::map<std::string, Bytes> out;
  std::ifstream paper(RS_SOURCE_DIR "/lib/wire/PROTOCOL.md");
  std::string name;
  for (std::string line; std::getline(paper, line);) {
    if (line.starts_with("```frame ")) {
      name = line.substr(9);
    } else if (line.starts_with("```")) {
      name.clear();
    } else if (!name.empty()) {
      std::erase(line, ' ');
      const auto bytes = from_hex(line);
      EXPECT_TRUE(bytes) << name << ": " << line;
      if (bytes) out[name].insert(out[name].end(), bytes->begin(), bytes->end());
    }
  }
  return out;
}

Bytes bytes_of(const Buffer& buffer) { return {buffer.view().begin(), buffer.view().end()}; }

Bytes encoded(const wire::Frame& frame) {
  if (frame.type == FrameType::control) return bytes_of(wire::encode_control(frame.json));
  if (frame.type == FrameType::credit) return bytes_of(wire::encode_credit(frame.circuit, frame.credit));
  if (frame.type != FrameType::data) return bytes_of(wire::encode_frame(frame.circuit, frame.type, frame.json, frame.opaque));
  Bytes room(wire::kHeaderBytes);
  room.insert(room.end(), frame.opaque.begin(), frame.opaque.end());
  Buffer message = Buffer::copy_of(room);
  wire::put_data_header(message, frame.circuit);
  return bytes_of(message);
}

TEST(ProtocolPaper, HasOneExampleOfEachFrame) {
  const auto frames = examples();
  EXPECT_EQ(frames.size(), 7u);
  for (const auto& [title, bytes] : frames) {
    const auto frame = wire::parse_frame(bytes);
    ASSERT_TRUE(frame) << title;
    EXPECT_EQ(wire::name(frame->type), title);
  }
}

TEST(ProtocolPaper, ExamplesEncodeToTheSameBytes) {
  for (const auto& [title, bytes] : examples()) EXPECT_EQ(encoded(*wire::parse_frame(bytes)), bytes) << title;
}

TEST(ProtocolPaper, ExamplesOfJsonAreWhatOurEncoderWrites) {
  const auto frames = examples();
  const auto open = wire::parse_frame(frames.at("OPEN"));
  EXPECT_EQ(describe::to_json(*describe::from_json<wire::OpenBody>(open->json, describe::Unknown::refuse)), open->json);
  const auto control = wire::parse_frame(frames.at("CONTROL"));
  EXPECT_EQ(describe::to_json(*wire::parse_control(control->json)), control->json);
  for (const auto* title : {"REFUSE", "CLOSE"}) {
    const auto frame = wire::parse_frame(frames.at(title));
    EXPECT_EQ(describe::to_json(*describe::from_json<wire::CloseBody>(frame->json, describe::Unknown::refuse)), frame->json);
  }
}

TEST(ProtocolPaper, ExampleOfASealedFrameOpens) {
  const auto frames = examples();
  std::array<std::uint8_t, 32> root;
  for (std::size_t i = 0; i < root.size(); ++i) root[i] = static_cast<std::uint8_t>(i);
  const auto key = sealed::circuit_key(crypto::Secret32(root), 2, wire::parse_frame(frames.at("OPEN"))->json);
  EXPECT_EQ(hex(key.view()), "ca89cd0d8fe8d709695b18011694b9bc2ae2c335f55adfe50db79c4a133896ab");
  Bytes sealed_part = frames.at("DATA");
  sealed_part.erase(sealed_part.begin(), sealed_part.begin() + wire::kHeaderBytes);
  sealed::FrameOpener opener(key);
  ASSERT_TRUE(opener.open(sealed_part));
  EXPECT_EQ(to_text(ByteView(sealed_part).first(6)),
            "\x01"
            "date\n");
}

} // namespace
