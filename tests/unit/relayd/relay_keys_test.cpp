#include "relayd/relay_keys.hpp"

#include "papers.hpp"

namespace rs::relay::test {
namespace {

struct RelayKeysTest : PaperTest {
  RelayKeysTest() { fingerprint = RelayKeys::create(*papers.store, files.column_key, crypto::system_random()).value(); }
  std::unique_ptr<RelayKeys> load() { return RelayKeys::load(*papers.store, files.column_key).value(); }
  sealed::RelayStatement read(const RelayKeys& keys, WallTime now = kNow) {
    return sealed::verify_relay_statement(keys.statement(), {fingerprint, {}, 0}, now).value();
  }
  std::string fingerprint;
};

TEST_F(RelayKeysTest, AreTheSameAfterARestart) {
  EXPECT_EQ(load()->fingerprint(), fingerprint);
  EXPECT_EQ(load()->fingerprint(), fingerprint);
}

TEST_F(RelayKeysTest, CannotBeReadUnderAnotherKey) {
  EXPECT_FALSE(RelayKeys::load(*papers.store, crypto::Secret32::random(crypto::system_random())));
}

TEST_F(RelayKeysTest, PublishWhatTheyWereTold) {
  const auto keys = load();
  keys->publish(*papers.store, {"relay.example"}, {Bytes(32, 1), Bytes(32, 2)}, kNow).value();
  const auto statement = read(*keys);
  EXPECT_EQ(statement.addresses, std::vector<std::string>{"relay.example"});
  EXPECT_EQ(statement.tls, (std::vector{Bytes(32, 1), Bytes(32, 2)}));
  EXPECT_EQ(statement.exp - statement.iat, sealed::kMaxRelayStatementLife);
}

TEST_F(RelayKeysTest, NumberStatementsAcrossRestarts) {
  for (std::uint64_t number = 1; number <= 3; ++number) {
    const auto keys = load();
    keys->publish(*papers.store, {}, {Bytes(32, 1)}, kNow).value();
    EXPECT_EQ(read(*keys).number, number);
  }
}

TEST_F(RelayKeysTest, RenewAtHalfTheirStatementsLife) {
  const auto keys = load();
  keys->publish(*papers.store, {}, {Bytes(32, 1)}, kNow).value();
  const auto half = std::chrono::seconds(sealed::kMaxRelayStatementLife / 2);
  EXPECT_FALSE(keys->needs_renewal(kNow + half));
  EXPECT_TRUE(keys->needs_renewal(kNow + half + Millis(1)));
}

} // namespace
} // namespace rs::relay::test
