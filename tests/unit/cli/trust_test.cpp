#include "cli/trust.hpp"
#include "crypto/hash.hpp"
#include "support/tenant.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using test::kNow;
using test::Tenant;

struct CliTrust : testing::Test {
  cli::RelayState pinned_relay() const {
    cli::RelayState relay;
    relay.fingerprint = crypto::fingerprint(tenant.relay.public_key());
    return relay;
  }
  Result<void> adopt(const std::string& statement) { return cli::adopt_relay_statement(state, statement, tenant.tls_spki, kNow); }
  Result<sealed::TechnicianClaims> login(const Tenant& from, const session::Identity& keys, cli::GivenPins given = {}) {
    return cli::adopt_login(state, {keys.certificate, from.org_statement}, keys, given, kNow);
  }
  std::string relay_by(const crypto::Ed25519Key& key, std::uint64_t number, std::optional<crypto::PublicKey> successor) {
    const sealed::RelayStatement statement{key.public_key(),  number,   to_unix_seconds(kNow), to_unix_seconds(kNow) + 86400, {},
                                           {tenant.tls_spki}, successor};
    return sealed::sign_document(statement, key);
  }
  static std::string print(const std::string& hex_character) { return std::string(64, hex_character[0]); }

  Tenant tenant;
  cli::State state;
};

TEST_F(CliTrust, AStatementOfThePinnedRelayNamesItsTlsKeys) {
  state.relay = pinned_relay();
  EXPECT_FALSE(cli::names_tls_key(state, tenant.tls_spki, kNow));
  ASSERT_TRUE(adopt(tenant.relay_statement));
  EXPECT_TRUE(cli::names_tls_key(state, tenant.tls_spki, kNow));
  EXPECT_FALSE(cli::names_tls_key(state, Bytes(32, 8), kNow));
  EXPECT_FALSE(cli::names_tls_key(state, tenant.tls_spki, kNow + std::chrono::days(30)));
}

TEST_F(CliTrust, AnotherRelayOrTlsKeyIsServerIdentityAndChangesNothing) {
  state.relay = pinned_relay();
  const auto before = state;
  EXPECT_EQ(adopt(tenant.sign_relay_statement(tenant.issuer, 1)).error().code, Errc::server_identity);
  EXPECT_EQ(cli::adopt_relay_statement(state, tenant.relay_statement, Bytes(32, 8), kNow).error().code, Errc::server_identity);
  EXPECT_EQ(state, before);
}

TEST_F(CliTrust, AnOldStatementIsRefused) {
  state.relay = pinned_relay();
  ASSERT_TRUE(adopt(tenant.sign_relay_statement(tenant.relay, 5)));
  EXPECT_EQ(adopt(tenant.sign_relay_statement(tenant.relay, 4)).error().code, Errc::conflict);
  EXPECT_EQ(state.relay->number, 5u);
}

TEST_F(CliTrust, ThePinnedSuccessorTakesOver) {
  state.relay = pinned_relay();
  const auto next = tenant.issuer;
  ASSERT_TRUE(adopt(relay_by(tenant.relay, 1, next.public_key())));
  ASSERT_TRUE(adopt(relay_by(next, 2, {})));
  EXPECT_EQ(state.relay->fingerprint, crypto::fingerprint(next.public_key()));
  EXPECT_EQ(adopt(relay_by(tenant.relay, 3, {})).error().code, Errc::server_identity);
}

TEST_F(CliTrust, AGivenFingerprintMustBeThePinnedOne) {
  EXPECT_EQ(cli::relay_pin_for_login(state, {print("a"), {}}).value(), print("a"));
  EXPECT_EQ(cli::relay_pin_for_login(state, {}).value(), "");
  EXPECT_EQ(cli::relay_pin_for_login(state, {"A1", {}}).error().code, Errc::invalid);
  state.relay = pinned_relay();
  EXPECT_EQ(cli::relay_pin_for_login(state, {}).value(), state.relay->fingerprint);
  EXPECT_EQ(cli::relay_pin_for_login(state, {print("a"), {}}).error().code, Errc::server_identity);
}

TEST_F(CliTrust, FirstLoginPinsTheRoot) {
  ASSERT_TRUE(login(tenant, tenant.technician()));
  EXPECT_EQ(state.org->pinned, cli::PinnedBy::first_use);
  EXPECT_EQ(state.org->fingerprint, crypto::fingerprint(tenant.root.public_key()));
  EXPECT_EQ(state.org->tenant, "acme");
}

TEST_F(CliTrust, AGivenRootIsVerifiedAndAnotherIsRefused) {
  const auto root = crypto::fingerprint(tenant.root.public_key());
  EXPECT_EQ(login(tenant, tenant.technician(), {{}, print("a")}).error().code, Errc::server_identity);
  EXPECT_FALSE(state.org);
  ASSERT_TRUE(login(tenant, tenant.technician(), {{}, root}));
  EXPECT_EQ(state.org->pinned, cli::PinnedBy::verified);
}

TEST_F(CliTrust, ALaterFingerprintTurnsFirstUseIntoVerified) {
  ASSERT_TRUE(login(tenant, tenant.technician()));
  ASSERT_TRUE(login(tenant, tenant.technician(), {{}, state.org->fingerprint}));
  EXPECT_EQ(state.org->pinned, cli::PinnedBy::verified);
  ASSERT_TRUE(login(tenant, tenant.technician()));
  EXPECT_EQ(state.org->pinned, cli::PinnedBy::verified);
}

TEST_F(CliTrust, AChangedRootIsNeverPinnedAgain) {
  ASSERT_TRUE(login(tenant, tenant.technician()));
  const auto before = state;
  Tenant other(2);
  EXPECT_EQ(login(other, other.technician()).error().code, Errc::server_identity);
  EXPECT_EQ(login(other, other.technician(), {{}, crypto::fingerprint(other.root.public_key())}).error().code,
            Errc::server_identity);
  EXPECT_EQ(state, before);
}

TEST_F(CliTrust, ACertificateForOtherKeysIsRefused) {
  auto keys = tenant.technician();
  keys.certificate = tenant.technician().certificate;
  EXPECT_EQ(login(tenant, keys).error().code, Errc::server_identity);
}

TEST_F(CliTrust, AnOlderOrgStatementIsRefused) {
  tenant.publish(2);
  ASSERT_TRUE(login(tenant, tenant.technician()));
  tenant.publish(1);
  EXPECT_EQ(login(tenant, tenant.technician()).error().code, Errc::conflict);
  EXPECT_EQ(cli::adopt_org_statement(state, tenant.org_statement).error().code, Errc::conflict);
}

TEST_F(CliTrust, TheAgentIsWhoWasAskedFor) {
  const auto id = tenant.new_agent_id();
  const auto agent = tenant.agent_claims(tenant.new_keys(), id, "web1");
  for (const std::string& as : {std::string("web1"), id.text(), id.text().substr(0, 4)})
    EXPECT_TRUE(cli::check_target(agent, as)) << as;
  for (const std::string& as : {std::string("web"), std::string("web2"), id.text().substr(0, 3), id.text() + "x", std::string()})
    EXPECT_EQ(cli::check_target(agent, as).error().code, Errc::wrong_target) << as;
}

TEST_F(CliTrust, TheLastThirdOfACertificateAsksForRenewal) {
  sealed::TechnicianClaims claims{};
  claims.iat = to_unix_seconds(kNow);
  claims.exp = claims.iat + 12 * 3600;
  EXPECT_FALSE(cli::wants_renewal(claims, kNow + std::chrono::hours(7)));
  EXPECT_TRUE(cli::wants_renewal(claims, kNow + std::chrono::hours(9)));
  EXPECT_FALSE(cli::has_expired(claims, kNow + std::chrono::hours(11)));
  EXPECT_TRUE(cli::has_expired(claims, kNow + std::chrono::hours(12)));
}

} // namespace
