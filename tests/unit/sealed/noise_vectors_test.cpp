#include "describe/node.hpp"
#include "sealed/frames.hpp"
#include "sealed/noise.hpp"
#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace {

using namespace rs;
using namespace rs::sealed;
using describe::Node;

std::string text_of(const Node& node, std::string_view name) {
  const auto* found = node.find(name);
  return found == nullptr ? std::string() : *found->get_if<std::string>();
}
Bytes bytes_of(const Node& node, std::string_view name) { return from_hex(text_of(node, name)).value(); }
const Node::Array& list_of(const Node& node, std::string_view name) { return *node.find(name)->get_if<Node::Array>(); }
std::uint64_t number_of(const Node& node, std::string_view name) {
  const auto* number = node.find(name);
  if (const auto* large = number->get_if<std::uint64_t>()) return *large;
  return static_cast<std::uint64_t>(*number->get_if<std::int64_t>());
}
crypto::X25519Key key_of(const Node& node, std::string_view name) {
  return crypto::X25519Key(crypto::Secret32(to_array<32>(bytes_of(node, name), name).value()));
}

Node read_vectors(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return describe::parse_json(text.str()).value();
}

Pattern pattern_of(const Node& vector) {
  const auto name = text_of(vector, "protocol_name");
  if (name == "Noise_IK_25519_AESGCM_SHA256") return Pattern::ik;
  if (name == "Noise_XX_25519_AESGCM_SHA256") return Pattern::xx;
  EXPECT_EQ(name, "Noise_X_25519_AESGCM_SHA256");
  return Pattern::x;
}

// Both sides of one vector, each with its own ephemeral key as its only randomness.
struct Pair {
  test::FixedRandom initiator_random;
  test::FixedRandom responder_random;
  Handshake initiator;
  Handshake responder;

  Pair(const Node& v, ByteView initiator_prologue, ByteView responder_prologue)
      : initiator_random(bytes_of(v, "init_ephemeral")), responder_random(bytes_of(v, "resp_ephemeral")),
        initiator(pattern_of(v), true, initiator_prologue, key_of(v, "init_static"), responder_key(v), initiator_random),
        responder(pattern_of(v), false, responder_prologue, key_of(v, "resp_static"), std::nullopt, responder_random) {}

  static std::optional<crypto::PublicKey> responder_key(const Node& v) {
    if (pattern_of(v) == Pattern::xx) return std::nullopt;
    return key_of(v, "resp_static").public_key();
  }
};

// Runs the handshake messages; the number of them.
std::size_t run_handshake(Pair& pair, const Node::Array& messages) {
  std::size_t i = 0;
  for (; !pair.initiator.finished(); ++i) {
    auto& writer = i % 2 == 0 ? pair.initiator : pair.responder;
    auto& reader = i % 2 == 0 ? pair.responder : pair.initiator;
    const auto message = writer.write(bytes_of(messages[i], "payload")).value();
    EXPECT_EQ(hex(message), text_of(messages[i], "ciphertext")) << "message " << i;
    EXPECT_EQ(reader.read(message).value(), bytes_of(messages[i], "payload")) << "message " << i;
  }
  EXPECT_TRUE(pair.responder.finished());
  return i;
}

void run_transport(const Node::Array& messages, std::size_t from, const Split& split, bool one_way) {
  FrameSealer sealers[] = {FrameSealer(split.initiator_to_responder), FrameSealer(split.responder_to_initiator)};
  for (std::size_t i = from; i < messages.size(); ++i) {
    auto frame = bytes_of(messages[i], "payload");
    frame.resize(frame.size() + crypto::kTagBytes);
    sealers[one_way ? 0 : i % 2].seal(frame);
    EXPECT_EQ(hex(frame), text_of(messages[i], "ciphertext")) << "message " << i;
  }
}

TEST(NoiseVectors, PublishedOnesAgree) {
  const char* folder = std::getenv("RS_VECTORS");
  if (folder == nullptr) GTEST_SKIP() << "RS_VECTORS names no folder with noise.json (cacophony format)";
  const auto file = read_vectors(std::string(folder) + "/noise.json");
  std::set<Pattern> seen;
  for (const auto& v : list_of(file, "vectors")) {
    SCOPED_TRACE(text_of(v, "protocol_name"));
    Pair pair(v, bytes_of(v, "init_prologue"), bytes_of(v, "resp_prologue"));
    const auto& messages = list_of(v, "messages");
    const auto transport = run_handshake(pair, messages);
    EXPECT_EQ(hex(pair.initiator.split().h), text_of(v, "handshake_hash"));
    EXPECT_EQ(pair.responder.split().h, pair.initiator.split().h);
    EXPECT_GT(messages.size(), transport);
    run_transport(messages, transport, pair.responder.split(), pattern_of(v) == Pattern::x);
    seen.insert(pattern_of(v));
  }
  EXPECT_EQ(seen.size(), 3u);
}

// Made by an independent implementation in another language.
class OwnNoiseVectors : public testing::Test {
 protected:
  const Node file_ = read_vectors(RS_SOURCE_DIR "/tests/vectors/noise-rs1.json");
  const Node::Array& vectors_ = list_of(file_, "vectors");
};

TEST_F(OwnNoiseVectors, HandshakesAgreeWithTheSessionPrologue) {
  ASSERT_EQ(vectors_.size(), 3u);
  for (const auto& v : vectors_) {
    SCOPED_TRACE(text_of(v, "protocol_name"));
    const auto prologue = session_prologue(text_of(v, "open_json"));
    EXPECT_EQ(hex(prologue), text_of(v, "prologue"));
    Pair pair(v, prologue, prologue);
    EXPECT_EQ(run_handshake(pair, list_of(v, "messages")), list_of(v, "messages").size());
    const auto split = pair.initiator.split();
    EXPECT_EQ(hex(split.h), text_of(v, "handshake_hash"));
    EXPECT_EQ(hex(split.initiator_to_responder.view()), *list_of(v, "split")[0].get_if<std::string>());
    EXPECT_EQ(hex(split.responder_to_initiator.view()), *list_of(v, "split")[1].get_if<std::string>());
  }
}

crypto::Secret32 root(const Node& v, std::size_t direction) {
  const auto bytes = from_hex(*list_of(v, "split")[direction].get_if<std::string>()).value();
  return crypto::Secret32(to_array<32>(bytes, "root").value());
}

TEST_F(OwnNoiseVectors, CircuitKeysAgree) {
  for (const auto& v : vectors_) {
    for (const auto& circuit : list_of(v, "circuits")) {
      const auto key = [&](std::size_t direction) {
        return hex(circuit_key(root(v, direction), number_of(circuit, "call_no"), text_of(circuit, "open_json")).view());
      };
      EXPECT_EQ(key(0), text_of(circuit, "initiator_to_responder"));
      EXPECT_EQ(key(1), text_of(circuit, "responder_to_initiator"));
    }
  }
}

TEST_F(OwnNoiseVectors, FramesAndRekeyAgree) {
  for (const auto& v : vectors_) {
    const auto& frames = *v.find("frames");
    const auto& circuit = list_of(v, "circuits")[0];
    const auto key = circuit_key(root(v, 0), number_of(circuit, "call_no"), text_of(circuit, "open_json"));
    FrameSealer sealer(key, number_of(frames, "rekey_every"));
    FrameOpener opener(key, number_of(frames, "rekey_every"));
    for (const auto& frame : list_of(frames, "list")) {
      auto buffer = bytes_of(frame, "plain");
      buffer.resize(buffer.size() + crypto::kTagBytes);
      sealer.seal(buffer);
      EXPECT_EQ(hex(buffer), text_of(frame, "sealed"));
      EXPECT_TRUE(opener.open(buffer));
    }
  }
}

} // namespace
