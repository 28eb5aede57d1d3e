#include "base/assert.hpp"
#include "sealed/frames.hpp"
#include "sealed/noise.hpp"
#include "support/fuzz_input.hpp"
#include "support/seeded_random.hpp"

// Two joined handshakes; the input says what happens to each message on its way. Either both sides derive the same
// hash and keys, or one of them refuses; an altered message never gets through to the end.
namespace {

using namespace rs;
using namespace rs::sealed;
using test::FuzzInput;

crypto::X25519Key key_from(std::uint8_t fill) {
  std::array<std::uint8_t, 32> seed;
  seed.fill(fill);
  return crypto::X25519Key(crypto::Secret32(seed));
}

Bytes altered(Bytes message, FuzzInput& input) {
  const std::size_t at = input.byte();
  switch (input.byte() % 5) {
    case 0: break;
    case 1: message.resize(std::min(at, message.size())); break;
    case 2:
      if (at < message.size()) message[at] ^= input.byte();
      break;
    case 3: {
      const auto more = input.take(at);
      message.insert(message.end(), more.begin(), more.end());
      break;
    }
    default: {
      const auto other = input.take(at);
      std::copy_n(other.begin(), std::min(other.size(), message.size()), message.begin());
    }
  }
  return message;
}

struct Outcome {
  bool finished = false; // both sides
  bool intact = true;    // every message arrived as it was written
};

Outcome run(Handshake& initiator, Handshake& responder, FuzzInput& input) {
  Outcome outcome;
  for (std::size_t i = 0; !initiator.finished() || !responder.finished(); ++i) {
    auto& writer = i % 2 == 0 ? initiator : responder;
    auto& reader = i % 2 == 0 ? responder : initiator;
    const auto message = writer.write(input.take(input.byte()));
    if (!message) return outcome;
    const auto arrived = altered(*message, input);
    outcome.intact = outcome.intact && arrived == *message;
    if (!reader.read(arrived)) {
      RS_ASSERT(!reader.finished() && !reader.my_turn() && !reader.remote_static());
      return outcome;
    }
  }
  outcome.finished = true;
  return outcome;
}

bool same(const Split& a, const Split& b) {
  return a.h == b.h && equal_constant_time(a.initiator_to_responder.view(), b.initiator_to_responder.view()) &&
         equal_constant_time(a.responder_to_initiator.view(), b.responder_to_initiator.view());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto technician = key_from(1);
  static const auto agent = key_from(2);
  FuzzInput input(ByteView(data, size));
  test::SeededRandom random(1);
  const auto pattern = static_cast<Pattern>(input.byte() % 3);
  const auto prologue = session_prologue("{}");
  const auto remote = pattern == Pattern::xx ? std::nullopt : std::optional(agent.public_key());
  Handshake initiator(pattern, true, prologue, technician, remote, random);
  Handshake responder(pattern, false, prologue, agent, std::nullopt, random);
  const auto outcome = run(initiator, responder, input);
  RS_ASSERT(outcome.finished == outcome.intact);
  if (outcome.finished) RS_ASSERT(same(initiator.split(), responder.split()));
  return 0;
}
