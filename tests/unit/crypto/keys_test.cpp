#include "crypto/keys.hpp"

#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::crypto;

Bytes unhex(std::string_view text) { return from_hex(text).value(); }
std::array<std::uint8_t, 32> key32(std::string_view text) { return to_array<32>(unhex(text), "key").value(); }

struct AgreementVector {
  std::string_view scalar;
  std::string_view point;
  std::string_view output;
};

// RFC 7748 §5.2 (two, and one round of the iteration), and both directions of §6.1.
const AgreementVector kX25519[] = {
    {"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
     "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
     "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"},
    {"4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
     "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
     "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"},
    {"0900000000000000000000000000000000000000000000000000000000000000",
     "0900000000000000000000000000000000000000000000000000000000000000",
     "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"},
    {"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
     "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
     "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
    {"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
     "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
     "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
};

TEST(X25519, AgreesWithRfc7748) {
  for (const auto& v : kX25519) {
    const auto shared = X25519Key(Secret32(key32(v.scalar))).agree(key32(v.point));
    ASSERT_TRUE(shared);
    EXPECT_EQ(hex(shared->view()), v.output);
  }
}

TEST(X25519, PublicKeyAgreesWithRfc7748) {
  const X25519Key alice(Secret32(key32("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")));
  EXPECT_EQ(hex(alice.public_key()), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
}

// The points of order 1, 2, 4 and 8 (RFC 7748 §6.1), and unreduced spellings of some.
const std::string_view kLowOrder[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

TEST(X25519, RefusesPointsOfLowOrder) {
  test::SeededRandom random(1);
  const auto mine = X25519Key::generate(random);
  for (const auto point : kLowOrder) {
    const auto shared = mine.agree(key32(point));
    ASSERT_FALSE(shared) << point;
    EXPECT_EQ(shared.error().code, Errc::integrity);
  }
}

struct SignatureVector {
  std::string_view secret;
  std::string_view public_key;
  std::string_view message;
  std::string_view signature;
};

// RFC 8032 §7.1: TEST 1, 2, 3 and SHA(abc).
const SignatureVector kEd25519[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7"
     "a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612b"
     "b0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1"
     "ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54"
     "ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef117733"
     "1a704"},
};

TEST(Ed25519, AgreesWithRfc8032) {
  for (const auto& v : kEd25519) {
    const Ed25519Key key{Secret32(key32(v.secret))};
    EXPECT_EQ(hex(key.public_key()), v.public_key);
    EXPECT_EQ(hex(key.sign(unhex(v.message))), v.signature);
    EXPECT_TRUE(ed25519_verify(key.public_key(), unhex(v.message), unhex(v.signature)));
  }
}

TEST(Ed25519, RefusesAnAlteredSignatureMessageOrKey) {
  const auto& v = kEd25519[2];
  const auto message = unhex(v.message);
  const auto signature = unhex(v.signature);
  for (std::size_t i = 0; i < signature.size(); ++i) {
    auto altered = signature;
    altered[i] ^= 1;
    EXPECT_FALSE(ed25519_verify(key32(v.public_key), message, altered)) << i;
  }
  EXPECT_FALSE(ed25519_verify(key32(v.public_key), unhex("af83"), signature));
  EXPECT_FALSE(ed25519_verify(key32(kEd25519[0].public_key), message, signature));
}

TEST(Ed25519, RefusesSignaturesOfAnotherLength) {
  const auto& v = kEd25519[0];
  const auto signature = unhex(v.signature);
  EXPECT_FALSE(ed25519_verify(key32(v.public_key), {}, {}));
  EXPECT_FALSE(ed25519_verify(key32(v.public_key), {}, ByteView(signature).first(63)));
}

TEST(Ed25519, CopiesSignAlike) {
  test::SeededRandom random(2);
  const auto key = Ed25519Key::generate(random);
  const Ed25519Key copy = key;
  EXPECT_EQ(copy.sign(as_bytes("x")), key.sign(as_bytes("x")));
}

TEST(Wipe, LeavesZeros) {
  Bytes secret(40, 7);
  wipe(secret);
  EXPECT_EQ(secret, Bytes(40, 0));
}

TEST(SystemRandom, GivesDifferentBytesEachTime) { EXPECT_NE((system_random().array<32>()), (system_random().array<32>())); }

} // namespace
