#include "crypto/hash.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::crypto;

Bytes unhex(std::string_view text) { return from_hex(text).value(); }

struct HashVector {
  std::string message;
  std::string digest;
};

// FIPS 180-2 appendix B, and the empty message.
const HashVector kSha256[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

TEST(Sha256, AgreesWithFips180) {
  for (const auto& v : kSha256) EXPECT_EQ(hex(sha256(as_bytes(v.message))), v.digest);
}

TEST(Sha256, InPiecesAgreesAndStartsAnewAfterFinish) {
  Sha256 hash;
  for (const auto& v : kSha256) {
    const auto half = v.message.size() / 2;
    hash.update(as_bytes(v.message).first(half));
    hash.update(as_bytes(v.message).subspan(half));
    EXPECT_EQ(hex(hash.finish()), v.digest);
  }
}

TEST(Sha256, FingerprintIsLowerCaseHex) {
  EXPECT_EQ(fingerprint(as_bytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

struct HmacVector {
  std::string key;
  std::string data;
  std::string mac;
};

std::string repeated(std::string_view byte, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += byte;
  return out;
}

// RFC 4231 §4.2 to §4.4, §4.5, §4.7, §4.8.
const HmacVector kHmac[] = {
    {repeated("0b", 20), "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {repeated("aa", 20), repeated("dd", 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"0102030405060708090a0b0c0d0e0f10111213141516171819", repeated("cd", 50),
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {repeated("aa", 131), hex(as_bytes("Test Using Larger Than Block-Size Key - Hash Key First")),
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {repeated("aa", 131),
     hex(as_bytes("This is a test using a larger than block-size key and a larger than block-size data. "
                  "The key needs to be hashed before being used by the HMAC algorithm.")),
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

TEST(Hmac, AgreesWithRfc4231) {
  for (const auto& v : kHmac) EXPECT_EQ(hex(hmac_sha256(unhex(v.key), unhex(v.data))), v.mac);
}

TEST(Hmac, TakesAnEmptyKeyAndNoData) {
  EXPECT_EQ(hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

struct HkdfVector {
  std::string input;
  std::string salt;
  std::string info;
  std::string prk;
  std::string output;
};

// RFC 5869 A.1 to A.3.
const HkdfVector kHkdf[] = {
    {repeated("0b", 22), "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
     "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
     "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
     "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
     "909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
     "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
     "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
     "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
    {repeated("0b", 22), "", "", "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
};

TEST(Hkdf, AgreesWithRfc5869) {
  for (const auto& v : kHkdf) {
    const auto prk = hkdf_extract(unhex(v.salt), unhex(v.input));
    EXPECT_EQ(hex(prk), v.prk);
    EXPECT_EQ(hex(hkdf_expand(prk, unhex(v.info), v.output.size() / 2)), v.output);
  }
}

TEST(Hkdf, ExpandsToNothingAndToTheMost) {
  EXPECT_TRUE(hkdf_expand(sha256({}), {}, 0).empty());
  EXPECT_EQ(hkdf_expand(sha256({}), {}, 255 * 32).size(), 255u * 32);
}

} // namespace
