#include "crypto/aead.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::crypto;

Bytes unhex(std::string_view text) { return from_hex(text).value(); }

struct GcmVector {
  std::string_view key;
  std::string_view nonce;
  std::string_view associated;
  std::string_view plain;
  std::string_view sealed; // ciphertext | tag
};

constexpr std::string_view kZeroKey = "0000000000000000000000000000000000000000000000000000000000000000";
constexpr std::string_view kKey = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";

// The GCM specification submitted to NIST, appendix B, test cases 13 to 16.
const GcmVector kGcm[] = {
    {kZeroKey, "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {kZeroKey, "000000000000000000000000", "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {kKey, "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aa"
     "fd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898"
     "015ad"
     "b094dac5d93471bdec1a502270e3cc6c"},
    {kKey, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

AesGcm cipher_of(const GcmVector& v) { return AesGcm(Secret32(to_array<32>(unhex(v.key), "key").value())); }
Nonce nonce_of(const GcmVector& v) { return to_array<12>(unhex(v.nonce), "nonce").value(); }

TEST(AesGcm, AgreesWithTheSpecification) {
  for (const auto& v : kGcm) {
    auto cipher = cipher_of(v);
    auto buffer = unhex(v.plain);
    buffer.resize(buffer.size() + kTagBytes);
    cipher.seal(nonce_of(v), unhex(v.associated), buffer);
    EXPECT_EQ(hex(buffer), v.sealed);
    ASSERT_TRUE(cipher.open(nonce_of(v), unhex(v.associated), buffer));
    EXPECT_EQ(hex(ByteView(buffer).first(buffer.size() - kTagBytes)), v.plain);
  }
}

TEST(AesGcm, RefusesAChangeOfAnyByte) {
  const auto& v = kGcm[3];
  auto cipher = cipher_of(v);
  const auto sealed = unhex(v.sealed);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto altered = sealed;
    altered[i] ^= 0x80;
    EXPECT_FALSE(cipher.open(nonce_of(v), unhex(v.associated), altered)) << i;
  }
}

TEST(AesGcm, RefusesAnotherNonceOrAssociatedData) {
  const auto& v = kGcm[3];
  auto cipher = cipher_of(v);
  auto sealed = unhex(v.sealed);
  EXPECT_FALSE(cipher.open(Nonce{}, unhex(v.associated), sealed));
  sealed = unhex(v.sealed);
  EXPECT_FALSE(cipher.open(nonce_of(v), unhex("feed"), sealed));
  sealed = unhex(v.sealed);
  EXPECT_FALSE(cipher.open(nonce_of(v), {}, sealed));
}

TEST(AesGcm, OpensAgainAfterARefusal) {
  const auto& v = kGcm[3];
  auto cipher = cipher_of(v);
  Bytes wrong(40, 1);
  EXPECT_FALSE(cipher.open(nonce_of(v), {}, wrong));
  auto sealed = unhex(v.sealed);
  EXPECT_TRUE(cipher.open(nonce_of(v), unhex(v.associated), sealed));
}

TEST(AesGcm, RefusesLessThanATag) {
  Bytes sealed(kTagBytes - 1);
  EXPECT_FALSE(cipher_of(kGcm[0]).open(Nonce{}, {}, sealed));
}

} // namespace
