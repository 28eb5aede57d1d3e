#include "crypto/password.hpp"

#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::crypto;

TEST(Password, HashNamesTodaysParametersAndVerifies) {
  test::SeededRandom random(5);
  const auto phc = hash_password("correct horse", random);
  EXPECT_TRUE(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << phc;
  EXPECT_TRUE(verify_password("correct horse", phc).value());
  EXPECT_FALSE(verify_password("correct horse ", phc).value());
  EXPECT_FALSE(verify_password("", phc).value());
  EXPECT_FALSE(needs_rehash(phc));
}

TEST(Password, TwoHashesOfOnePasswordDiffer) {
  test::SeededRandom random(6);
  EXPECT_NE(hash_password("x", random), hash_password("x", random));
}

// The reference implementation's own test vector (v=19, 2^8 KiB, t=2, p=1).
TEST(Password, VerifiesAHashWithOtherParametersAndWantsItRenewed) {
  const std::string phc = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  EXPECT_TRUE(verify_password("password", phc).value());
  EXPECT_TRUE(needs_rehash(phc));
}

TEST(Password, RefusesWhatIsNoHashWithoutDoingTheWork) {
  for (const std::string phc :
       {"", "password", "$2b$12$abc", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
        "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ", "$argon2id$v=19$m=,t=2,p=1$$"}) {
    const auto result = verify_password("password", phc);
    ASSERT_FALSE(result) << phc;
    EXPECT_EQ(result.error().code, Errc::internal);
  }
}

} // namespace
