#include "base/bytes.hpp"
#include "base/buffer.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;

// RFC 4648 §10.
constexpr std::pair<const char*, const char*> kBase64[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};

TEST(Base64, MatchesThePublishedVectorsBothWays) {
  for (const auto& [plain, coded] : kBase64) {
    EXPECT_EQ(base64(as_bytes(plain)), coded);
    EXPECT_EQ(to_text(from_base64(coded).value()), plain);
  }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (const auto* text : {"Zg", "Zg=", "Zh==", "Zg==Zg==", "Z", "====", "Zm9v\n", "Zm-v", "Z=g="})
    EXPECT_FALSE(from_base64(text)) << text;
}

TEST(Base64Url, HasItsOwnAlphabetAndNoPadding) {
  EXPECT_EQ(base64url(Bytes{0xff, 0xef}), "_-8");
  EXPECT_EQ(from_base64url("_-8").value(), (Bytes{0xff, 0xef}));
  for (const auto* text : {"_-8=", "/+8", "_-9", "A", "_-8 "}) EXPECT_FALSE(from_base64url(text)) << text;
}

TEST(Base32, MatchesThePublishedVectorInLowerCase) { EXPECT_EQ(base32_lower(as_bytes("fooba")), "mzxw6ytb"); }

TEST(Hex, GoesBothWays) {
  EXPECT_EQ(hex(Bytes{0x00, 0xab, 0xff}), "00abff");
  EXPECT_EQ(from_hex("00aBFf").value(), (Bytes{0x00, 0xab, 0xff}));
  for (const auto* text : {"0", "0g", "0x", " 00"}) EXPECT_FALSE(from_hex(text)) << text;
}

TEST(BigEndian, LoadsWhatItStored) {
  std::uint8_t at[8];
  store_be<std::uint64_t>(at, 0x0102030405060708);
  EXPECT_EQ(at[0], 1);
  EXPECT_EQ(load_be<std::uint64_t>(at), 0x0102030405060708u);
  EXPECT_EQ(load_be<std::uint16_t>(at), 0x0102u);
}

TEST(EqualConstantTime, ComparesLengthAndContent) {
  EXPECT_TRUE(equal_constant_time(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("ab")));
}

TEST(ToArray, NamesWhatHasTheWrongSize) {
  EXPECT_EQ(to_array<2>(as_bytes("ab"), "key").value()[1], 'b');
  EXPECT_EQ(to_array<2>(as_bytes("abc"), "key").error().message, "key: 3 bytes, expected 2");
}

TEST(BufferTest, KeepsItsBytesWhenItGrowsAndMoves) {
  Buffer buffer = Buffer::copy_of(as_bytes("abc"));
  buffer.grow(100);
  const Buffer moved = std::move(buffer);
  EXPECT_EQ(as_text(moved.view()), "abc");
  EXPECT_EQ(moved.capacity(), 100u);
}

} // namespace
