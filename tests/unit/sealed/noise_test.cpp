#include "sealed/noise.hpp"

#include "sealed/frames.hpp"
#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::sealed;
using crypto::X25519Key;

X25519Key key_from(std::uint8_t fill) {
  std::array<std::uint8_t, 32> seed;
  seed.fill(fill);
  return X25519Key(crypto::Secret32(seed));
}

X25519Key technician() { return key_from(1); }
X25519Key agent() { return key_from(2); }
X25519Key stranger() { return key_from(3); }

constexpr Pattern kPatterns[] = {Pattern::ik, Pattern::xx, Pattern::x};

std::size_t message_count(Pattern pattern) { return pattern == Pattern::ik ? 2 : pattern == Pattern::xx ? 3 : 1; }

// Two sides and the wire between them.
struct Joined {
  test::SeededRandom random{21};
  Pattern pattern;
  Handshake initiator;
  Handshake responder;
  std::vector<std::string> payloads; // as they arrived

  explicit Joined(Pattern p, ByteView theirs = session_prologue("{}"), ByteView mine = session_prologue("{}"),
                  const X25519Key& expected = agent())
      : pattern(p),
        initiator(p, true, mine, technician(), p == Pattern::xx ? std::nullopt : std::optional(expected.public_key()), random),
        responder(p, false, theirs, agent(), std::nullopt, random) {}

  Handshake& writer(std::size_t i) { return i % 2 == 0 ? initiator : responder; }
  Handshake& reader(std::size_t i) { return i % 2 == 0 ? responder : initiator; }

  // The first refusal, or no_match; `tamper` sees each message on its way.
  template <class Tamper>
  Errc run(Tamper tamper) {
    for (std::size_t i = 0; i < message_count(pattern); ++i) {
      auto message = writer(i).write(as_bytes("payload"));
      if (!message) return message.error().code;
      tamper(i, *message);
      const auto payload = reader(i).read(*message);
      if (!payload) return payload.error().code;
      payloads.push_back(to_text(*payload));
    }
    return Errc::no_match;
  }
  Errc run() {
    return run([](std::size_t, Bytes&) {});
  }
  std::vector<std::size_t> sizes() {
    std::vector<std::size_t> out;
    EXPECT_EQ(run([&](std::size_t, Bytes& message) { out.push_back(message.size()); }), Errc::no_match);
    return out;
  }
};

TEST(Noise, BothSidesOfEachPatternAgreeAndKnowEachOther) {
  for (const auto pattern : kPatterns) {
    Joined joined(pattern);
    ASSERT_EQ(joined.run(), Errc::no_match);
    const auto a = joined.initiator.split();
    const auto b = joined.responder.split();
    EXPECT_EQ(a.h, b.h);
    EXPECT_TRUE(equal_constant_time(a.initiator_to_responder.view(), b.initiator_to_responder.view()));
    EXPECT_TRUE(equal_constant_time(a.responder_to_initiator.view(), b.responder_to_initiator.view()));
    EXPECT_FALSE(equal_constant_time(a.initiator_to_responder.view(), a.responder_to_initiator.view()));
    EXPECT_EQ(joined.responder.remote_static(), technician().public_key());
    EXPECT_EQ(joined.initiator.remote_static(), agent().public_key());
    EXPECT_EQ(joined.payloads, std::vector<std::string>(message_count(pattern), "payload"));
  }
}

TEST(Noise, AnotherPrologueIsRefused) {
  for (const auto pattern : kPatterns) {
    Joined joined(pattern, session_prologue(R"({"call_no":2})"));
    EXPECT_EQ(joined.run(), Errc::integrity);
    EXPECT_FALSE(joined.initiator.finished() && joined.responder.finished());
  }
}

TEST(Noise, AMessageForAnotherStaticKeyIsRefused) {
  for (const auto pattern : {Pattern::ik, Pattern::x}) {
    Joined joined(pattern, session_prologue("{}"), session_prologue("{}"), stranger());
    EXPECT_EQ(joined.run(), Errc::integrity);
    EXPECT_FALSE(joined.responder.remote_static());
  }
}

TEST(Noise, ABitFlippedAnywhereIsRefusedBeforeBothHaveFinished) {
  for (const auto pattern : kPatterns) {
    const auto sizes = Joined(pattern).sizes();
    for (std::size_t message = 0; message < sizes.size(); ++message) {
      for (std::size_t at = 0; at < 2 * sizes[message]; ++at) {
        Joined joined(pattern);
        const auto outcome = joined.run([&](std::size_t i, Bytes& bytes) {
          if (i == message) bytes[at / 2] ^= at % 2 == 0 ? 0x01 : 0x80;
        });
        EXPECT_EQ(outcome, Errc::integrity) << "message " << message << " byte " << at / 2;
        EXPECT_FALSE(joined.initiator.finished() && joined.responder.finished());
      }
    }
  }
}

TEST(Noise, ATruncatedMessageIsRefused) {
  for (const auto pattern : kPatterns) {
    const auto sizes = Joined(pattern).sizes();
    for (std::size_t message = 0; message < sizes.size(); ++message) {
      for (std::size_t keep = 0; keep < sizes[message]; ++keep) {
        Joined joined(pattern);
        const auto outcome = joined.run([&](std::size_t i, Bytes& bytes) {
          if (i == message) bytes.resize(keep);
        });
        EXPECT_TRUE(outcome == Errc::integrity || outcome == Errc::invalid) << "message " << message << " kept " << keep;
      }
    }
  }
}

TEST(Noise, BytesAfterAMessageAreRefused) {
  for (const auto pattern : kPatterns) {
    Joined joined(pattern);
    auto message = joined.initiator.write(as_bytes("payload")).value();
    message.push_back(0);
    // XX's first message is plain: the other side's answer shows what was added.
    const bool taken = joined.responder.read(message).has_value();
    EXPECT_EQ(taken, pattern == Pattern::xx);
    if (taken) EXPECT_EQ(joined.initiator.read(joined.responder.write({}).value()).error().code, Errc::integrity);
  }
}

TEST(Noise, APeersEphemeralKeyOfLowOrderIsRefused) {
  for (const auto pattern : kPatterns) {
    Joined joined(pattern);
    EXPECT_EQ(joined.run([](std::size_t i, Bytes& bytes) {
      if (i == 0) std::fill_n(bytes.begin(), 32, 0);
    }),
              Errc::integrity);
  }
}

TEST(Noise, APeersStaticKeyOfLowOrderIsRefused) {
  test::SeededRandom random(22);
  Handshake initiator(Pattern::ik, true, {}, technician(), crypto::PublicKey{}, random);
  EXPECT_EQ(initiator.write({}).error().code, Errc::integrity);
}

TEST(Noise, AfterAnErrorNothingWorksAnyMore) {
  Joined joined(Pattern::ik);
  const auto message = joined.initiator.write({}).value();
  auto altered = message;
  altered.back() ^= 1;
  EXPECT_FALSE(joined.responder.read(altered));
  EXPECT_EQ(joined.responder.read(message).error().code, Errc::invalid);
  EXPECT_EQ(joined.responder.write({}).error().code, Errc::invalid);
  EXPECT_FALSE(joined.responder.my_turn());
  EXPECT_FALSE(joined.responder.finished());
  EXPECT_FALSE(joined.responder.remote_static());
}

TEST(Noise, AMessageOutOfTurnIsRefusedAndHarmless) {
  Joined joined(Pattern::ik);
  const auto message = joined.initiator.write({}).value();
  EXPECT_EQ(joined.initiator.write({}).error().code, Errc::invalid);
  ASSERT_TRUE(joined.responder.read(message));
  EXPECT_EQ(joined.responder.read(message).error().code, Errc::invalid);
  const auto answer = joined.responder.write({}).value();
  EXPECT_TRUE(joined.initiator.read(answer));
  EXPECT_EQ(joined.initiator.read(answer).error().code, Errc::invalid);
}

TEST(Noise, ReflectedMessagesAreRefused) {
  Joined joined(Pattern::xx);
  const auto first = joined.initiator.write({}).value();
  EXPECT_FALSE(joined.initiator.read(first));
}

TEST(Noise, AnAnswerOfAnotherHandshakeIsRefused) {
  Joined one(Pattern::ik);
  Joined two(Pattern::ik);
  static_cast<void>(two.random.array<32>()); // so that the ephemeral keys differ
  ASSERT_TRUE(one.responder.read(one.initiator.write({}).value()));
  ASSERT_TRUE(two.responder.read(two.initiator.write({}).value()));
  const auto answer = two.responder.write({}).value();
  EXPECT_EQ(one.initiator.read(answer).error().code, Errc::integrity);
}

TEST(Noise, XxEndsWithTheThirdMessageOnly) {
  Joined joined(Pattern::xx);
  ASSERT_TRUE(joined.responder.read(joined.initiator.write({}).value()));
  const auto second = joined.responder.write({}).value();
  ASSERT_TRUE(joined.initiator.read(second));
  EXPECT_FALSE(joined.initiator.finished());
  EXPECT_FALSE(joined.responder.remote_static());
  const auto third = joined.initiator.write({}).value();
  EXPECT_TRUE(joined.initiator.finished());
  EXPECT_FALSE(joined.responder.finished());
  ASSERT_TRUE(joined.responder.read(third));
  EXPECT_EQ(joined.responder.remote_static(), technician().public_key());
}

TEST(Noise, XxSecondMessageIsNoThird) {
  Joined joined(Pattern::xx);
  ASSERT_TRUE(joined.responder.read(joined.initiator.write({}).value()));
  const auto second = joined.responder.write({}).value();
  EXPECT_EQ(joined.responder.read(second).error().code, Errc::integrity);
}

TEST(Noise, AMessageMayBeAsLongAsTheLimitAndNoLonger) {
  const auto overhead = Joined(Pattern::ik).sizes()[0] - std::string_view("payload").size();
  Joined fits(Pattern::ik);
  const auto message = fits.initiator.write(Bytes(kMaxNoiseMessage - overhead)).value();
  EXPECT_EQ(message.size(), kMaxNoiseMessage);
  EXPECT_TRUE(fits.responder.read(message));
  EXPECT_EQ(Joined(Pattern::ik).initiator.write(Bytes(kMaxNoiseMessage - overhead + 1)).error().code, Errc::limit);
  EXPECT_EQ(Joined(Pattern::ik).responder.read(Bytes(kMaxNoiseMessage + 1)).error().code, Errc::invalid);
}

} // namespace
