#include "files/zstd.hpp"

#include "files/limits.hpp"
#include "support/transfer_scene.hpp"

#include <gtest/gtest.h>

namespace rs::test {
namespace {

using namespace files;

Bytes packed(Compressor& compressor, std::string_view text) {
  Bytes out(text.size() + text.size() / 100 + 512);
  out.resize(compressor.compress(as_bytes(text), out));
  return out;
}

TEST(Zstd, EachPieceUnpacksWithoutTheNext) {
  Compressor compressor;
  Decompressor decompressor;
  for (const auto& text : {std::string("a"), std::string(300'000, 'x'), random_text(200'000), std::string("a")}) {
    std::string got;
    ASSERT_TRUE(decompressor.decompress(packed(compressor, text), [&](ByteView bytes) {
      EXPECT_LE(bytes.size(), 128u << 10);
      got += as_text(bytes);
      return Result<void>();
    }));
    EXPECT_TRUE(got == text);
  }
}

TEST(Zstd, WhatFitsDoesSoWhateverItIs) {
  for (const std::size_t room : {std::size_t(1024), std::size_t(4096), std::size_t(100'000), kMaxFrame}) {
    Compressor compressor;
    for (int i = 0; i < 3; ++i) {
      Bytes out(room);
      const auto text = random_text(Compressor::fitting(room), static_cast<std::uint64_t>(i));
      EXPECT_LE(compressor.compress(as_bytes(text), out), room); // asserts if not
      EXPECT_GT(text.size(), room / 2);
    }
  }
}

TEST(Zstd, GarbageAndChangedBytesAreRefused) {
  Decompressor garbage;
  const auto drop = [](ByteView) { return Result<void>(); };
  EXPECT_EQ(garbage.decompress(as_bytes("garbage"), drop).error().code, Errc::invalid);
  Compressor compressor;
  auto piece = packed(compressor, "hello");
  piece[1] ^= 0xff;
  Decompressor changed;
  EXPECT_FALSE(changed.decompress(piece, drop));
}

// A frame's header (RFC 8878, 3.1.1.1) whose window is 1 GiB: taken as it is it would cost that much memory.
TEST(Zstd, AHugeWindowIsRefused) {
  Decompressor decompressor;
  const Bytes header = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 20 << 3, 0x01, 0x00, 0x00};
  const auto how = decompressor.decompress(header, [](ByteView) { return Result<void>(); });
  ASSERT_FALSE(how);
  EXPECT_EQ(how.error().code, Errc::invalid);
}

TEST(Zstd, ABombComesInSmallPiecesAndEndsWhenItIsRefused) {
  Compressor compressor;
  const auto bomb = packed(compressor, std::string(64 << 20, '\0'));
  EXPECT_LT(bomb.size(), 64u << 10);
  Decompressor decompressor;
  std::size_t taken = 0;
  const auto how = decompressor.decompress(bomb, [&](ByteView bytes) -> Result<void> {
    if ((taken += bytes.size()) > 1 << 20) return fail(Errc::limit, "enough");
    return {};
  });
  EXPECT_EQ(how.error().code, Errc::limit);
  EXPECT_LE(taken, (1u << 20) + (128u << 10));
}

} // namespace
} // namespace rs::test
