#include "relayd/tenants.hpp"

#include "papers.hpp"

namespace rs::relay::test {
namespace {

using TenantsTest = PaperTest;

TEST_F(TenantsTest, ComeBackFromTheStoreWithTheirIssuers) {
  EXPECT_EQ(papers.tenants->all().size(), 2U);
  EXPECT_EQ(papers.tenants->find(acme.row.id), &acme);
  EXPECT_EQ(papers.tenants->find_by_name("nobody"), nullptr);
  EXPECT_EQ(acme.statement.issuers.at(0).key, acme.issuer.public_key());
  EXPECT_EQ(papers.tenants->only(), nullptr);
}

TEST_F(TenantsTest, AreSignedByARootOfTheirOwn) {
  EXPECT_NE(acme.row.org_fingerprint, other.row.org_fingerprint);
  EXPECT_TRUE(sealed::verify_org_statement(acme.row.org_statement, {acme.row.id, acme.row.org_fingerprint, 1}));
  EXPECT_EQ(code_of(sealed::verify_org_statement(acme.row.org_statement, {acme.row.id, other.row.org_fingerprint, 1})),
            Errc::server_identity);
}

TEST_F(TenantsTest, CannotBeReadUnderAnotherKey) {
  EXPECT_FALSE(Tenants::load(*papers.store, crypto::Secret32::random(crypto::system_random())));
}

TEST_F(TenantsTest, CannotLendTheirIssuerToAnother) {
  auto thief = acme.row;
  thief.id = "o-thief";
  thief.name = "thief";
  papers.store->add_tenant(thief).value(); // the encrypted key is bound to its row
  EXPECT_FALSE(Tenants::load(*papers.store, files.column_key));
}

TEST_F(TenantsTest, RefuseATakenName) {
  EXPECT_EQ(code_of(Tenants::create(*papers.store, files.column_key, "acme", crypto::system_random(), kNow)), Errc::conflict);
  EXPECT_EQ(code_of(Tenants::create(*papers.store, files.column_key, "../acme", crypto::system_random(), kNow)), Errc::invalid);
}

TEST_F(TenantsTest, IssueCertificatesThatCountInTheirOwnTenantOnly) {
  const auto ada = papers.person(acme, "ada", Role::technician);
  const auto web = papers.machine(acme, "web");
  const auto claims = sealed::verify_technician(ada.keys.certificate, acme.statement, kNow).value();
  EXPECT_EQ(claims.sub, "u-ada");
  EXPECT_EQ(claims.exp - claims.iat, sealed::kMaxTechnicianLife);
  EXPECT_EQ(sealed::verify_agent(web.keys.certificate, acme.statement, kNow).value().name, "web");
  EXPECT_FALSE(sealed::verify_technician(ada.keys.certificate, other.statement, kNow));
  EXPECT_FALSE(sealed::verify_agent(web.keys.certificate, other.statement, kNow));
}

TEST(Permissions, ACustomerHasNone) {
  EXPECT_TRUE(permissions_of(Role::customer).empty());
  EXPECT_EQ(permissions_of(Role::technician).size(), describe::kEnumRows<Permission>.size());
}

} // namespace
} // namespace rs::relay::test
