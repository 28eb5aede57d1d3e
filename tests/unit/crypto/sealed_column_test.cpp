#include "crypto/sealed_column.hpp"

#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::crypto;

class SealedColumn : public testing::Test {
 protected:
  test::SeededRandom random_{4};
  Secret32 key_ = Secret32::random(random_);
  Bytes sealed_ = encrypt_column(key_, "acme", "u-1", "otp_secret", as_bytes("plain"), random_);
};

TEST_F(SealedColumn, OpensAtItsPlace) {
  EXPECT_EQ(to_text(decrypt_column(key_, "acme", "u-1", "otp_secret", sealed_).value()), "plain");
}

TEST_F(SealedColumn, DoesNotOpenAtAnotherPlace) {
  const std::string_view places[][3] = {{"acme2", "u-1", "otp_secret"},
                                        {"acme", "u-2", "otp_secret"},
                                        {"acme", "u-1", "issuer"},
                                        {"acmeu", "-1", "otp_secret"},
                                        {"acme", "u-1otp", "_secret"}};
  for (const auto& [tenant, row, column] : places) {
    const auto result = decrypt_column(key_, tenant, row, column, sealed_);
    ASSERT_FALSE(result) << tenant << row << column;
    EXPECT_EQ(result.error().code, Errc::integrity);
  }
}

TEST_F(SealedColumn, DoesNotOpenAlteredOrCut) {
  for (std::size_t i = 0; i < sealed_.size(); ++i) {
    auto altered = sealed_;
    altered[i] ^= 1;
    EXPECT_FALSE(decrypt_column(key_, "acme", "u-1", "otp_secret", altered)) << i;
    EXPECT_FALSE(decrypt_column(key_, "acme", "u-1", "otp_secret", ByteView(sealed_).first(i))) << i;
  }
}

TEST_F(SealedColumn, DoesNotOpenUnderAnotherKey) {
  EXPECT_FALSE(decrypt_column(Secret32::random(random_), "acme", "u-1", "otp_secret", sealed_));
}

TEST_F(SealedColumn, NeverLooksTheSameTwice) {
  EXPECT_NE(encrypt_column(key_, "acme", "u-1", "otp_secret", as_bytes("plain"), random_), sealed_);
}

} // namespace
