#include "sealed/frames.hpp"

#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

using namespace rs;
using namespace rs::sealed;

class Frames : public testing::Test {
 protected:
  static constexpr std::uint64_t kEvery = 4;
  test::SeededRandom random_{7};
  crypto::Secret32 key_ = crypto::Secret32::random(random_);
  FrameSealer sealer_{key_, kEvery};
  FrameOpener opener_{key_, kEvery};

  Bytes sealed(std::string_view text) {
    auto frame = to_bytes(text);
    frame.resize(frame.size() + crypto::kTagBytes);
    sealer_.seal(frame);
    return frame;
  }
  std::string opened(Bytes frame) {
    if (!opener_.open(frame)) return "refused";
    return to_text(ByteView(frame).first(frame.size() - crypto::kTagBytes));
  }
};

TEST_F(Frames, ArriveInOrderAcrossManyRekeys) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(opened(sealed(std::to_string(i))), std::to_string(i));
  EXPECT_EQ(sealer_.count(), 20u);
  EXPECT_EQ(opener_.count(), 20u);
}

TEST_F(Frames, MayBeEmpty) { EXPECT_EQ(opened(sealed("")), ""); }

TEST_F(Frames, EqualPlaintextsNeverLookEqual) {
  std::set<Bytes> seen;
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(seen.insert(sealed("same")).second) << i;
}

TEST_F(Frames, OutOfOrderEndsTheCircuit) {
  const auto first = sealed("1");
  const auto second = sealed("2");
  EXPECT_EQ(opened(second), "refused");
  EXPECT_EQ(opened(first), "refused"); // though it would have been the next
}

TEST_F(Frames, ARepeatEndsTheCircuit) {
  const auto first = sealed("1");
  EXPECT_EQ(opened(first), "1");
  EXPECT_EQ(opened(first), "refused");
  EXPECT_EQ(opened(sealed("2")), "refused");
}

TEST_F(Frames, ADropEndsTheCircuit) {
  EXPECT_EQ(opened(sealed("1")), "1");
  sealed("dropped");
  EXPECT_EQ(opened(sealed("3")), "refused");
}

TEST_F(Frames, AnyAlteredByteEndsTheCircuit) {
  const auto frame = sealed("payload");
  for (std::size_t i = 0; i < frame.size(); ++i) {
    FrameOpener opener(key_, kEvery);
    auto altered = frame;
    altered[i] ^= 1;
    EXPECT_FALSE(opener.open(altered)) << i;
    auto good = frame;
    EXPECT_FALSE(opener.open(good)) << i;
  }
}

TEST_F(Frames, CutBelowATagEndsTheCircuit) {
  const auto frame = sealed("");
  for (std::size_t i = 0; i < frame.size(); ++i)
    EXPECT_EQ(opened(Bytes(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(i))), "refused");
}

TEST_F(Frames, RekeyChangesTheKeyAndNeverTheCount) {
  FrameOpener unaware(key_);
  for (std::uint64_t i = 0; i < kEvery; ++i) {
    auto frame = sealed("x");
    EXPECT_TRUE(unaware.open(frame));
  }
  auto after = sealed("x");
  EXPECT_FALSE(unaware.open(after));
  EXPECT_EQ(sealer_.count(), kEvery + 1);
}

TEST_F(Frames, DirectionsAndCallsHaveTheirOwnKeys) {
  const auto a = circuit_key(key_, 0, "{}");
  EXPECT_FALSE(equal_constant_time(a.view(), circuit_key(key_, 2, "{}").view()));
  EXPECT_FALSE(equal_constant_time(a.view(), circuit_key(key_, 0, "{ }").view()));
  EXPECT_FALSE(equal_constant_time(a.view(), circuit_key(crypto::Secret32(), 0, "{}").view()));
  EXPECT_TRUE(equal_constant_time(a.view(), circuit_key(key_, 0, "{}").view()));
}

TEST_F(Frames, OfAnotherCircuitEndTheCircuit) {
  FrameSealer other(circuit_key(key_, 2, "{}"));
  FrameOpener mine(circuit_key(key_, 0, "{}"));
  Bytes frame(crypto::kTagBytes);
  other.seal(frame);
  EXPECT_FALSE(mine.open(frame));
}

TEST_F(Frames, KeysChangeAtTheIntervalThatTheProtocolSays) {
  FrameSealer sealer(key_);
  FrameOpener unaware(key_, kRekeyEvery + 1);
  Bytes frame;
  for (std::uint64_t i = 0; i < kRekeyEvery; ++i) {
    frame.assign(crypto::kTagBytes, 0);
    sealer.seal(frame);
    ASSERT_TRUE(unaware.open(frame));
  }
  frame.assign(crypto::kTagBytes, 0);
  sealer.seal(frame);
  EXPECT_EQ(sealer.count(), (1u << 20) + 1);
  EXPECT_FALSE(unaware.open(frame));
}

} // namespace
