#include "unit/relayd/store_fixture.hpp"

#include <fstream>

namespace {

using namespace rs;
using namespace rs::test;
using store::SqliteStore;

class SqliteStoreFile : public StoreTest {};
class SqliteStoreAccounts : public StoreTest {};

TEST_F(SqliteStoreFile, IsMadeOnceAndForItsOwnerOnly) {
  EXPECT_EQ(code(SqliteStore::init(path_)), Errc::conflict);
  using std::filesystem::perms;
  const auto mode = std::filesystem::status(path_).permissions();
  EXPECT_EQ(mode & (perms::group_all | perms::others_all), perms::none);
  EXPECT_EQ(std::filesystem::status(path_ + "-wal").permissions() & (perms::group_all | perms::others_all), perms::none);
}

TEST_F(SqliteStoreFile, KeepsWhatWasAnsweredAcrossAReopen) {
  store_->add_user("t-1", user("u-1", "ada@example.org")).value();
  reopen();
  EXPECT_EQ(store_->find_user("t-1", "ada@example.org").value().id, "u-1");
}

TEST_F(SqliteStoreFile, IsNotMadeByOpening) {
  const auto opened = SqliteStore::open(directory_ + "/none.db");
  EXPECT_EQ(code(opened), Errc::not_found);
  EXPECT_NE(opened.error().message.find("relayd init"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/none.db"));
}

TEST_F(SqliteStoreFile, OfANewerSchemaIsRefusedByItsNumber) {
  store_.reset();
  store::sqlite::Database::open(path_).value().execute("UPDATE meta SET schema_version = 99").value();
  const auto opened = SqliteStore::open(path_);
  EXPECT_EQ(code(opened), Errc::unsupported);
  EXPECT_NE(opened.error().message.find("schema version 99"), std::string::npos) << opened.error().message;
}

TEST_F(SqliteStoreFile, ThatIsNoStoreIsRefused) {
  std::ofstream(directory_ + "/text.db") << std::string(8192, 'x');
  EXPECT_EQ(code(SqliteStore::open(directory_ + "/text.db")), Errc::io);
  std::ofstream(directory_ + "/empty.db").flush();
  EXPECT_EQ(code(SqliteStore::open(directory_ + "/empty.db")), Errc::unsupported);
}

TEST_F(SqliteStoreFile, ThatMayNotGrowSaysNoSpaceAndKeepsItsRows) {
  reopen({.max_pages = 40});
  Result<void> added = {};
  int kept = 0;
  for (int i = 0; i < 2000 && added; ++i) {
    added = store_->add_user("t-1", user("u-" + std::to_string(i), std::to_string(i) + "@example.org"));
    if (added) ++kept;
  }
  EXPECT_EQ(code(added), Errc::no_space);
  EXPECT_EQ(store_->list_users("t-1").value().size(), static_cast<std::size_t>(kept));
}

TEST_F(SqliteStoreAccounts, RelayIdentityIsReplacedWhole) {
  EXPECT_EQ(code(store_->relay()), Errc::not_found);
  store_->put_relay({key(1), Bytes{9}, std::nullopt, {}, 1}).value();
  store_->put_relay({key(2), Bytes{8, 0, 8}, key(3), Bytes{7}, 2}).value();
  const auto relay = store_->relay().value();
  EXPECT_EQ(relay.key, key(2));
  EXPECT_EQ(relay.sealed_key, (Bytes{8, 0, 8}));
  EXPECT_EQ(relay.successor, key(3));
  EXPECT_EQ(relay.statement_number, 2u);
}

TEST_F(SqliteStoreAccounts, TenantsAreListedWithAllTheirColumns) {
  const auto tenants = store_->list_tenants().value();
  ASSERT_EQ(tenants.size(), 2u);
  EXPECT_EQ(tenants[1].id, "t-2");
  EXPECT_EQ(tenants[1].mode, store::TenantMode::managed);
  EXPECT_EQ(tenants[1].org_statement, "statement-t-2");
  EXPECT_EQ(tenants[1].sealed_issuer_key, (Bytes{1, 2, 3}));
  auto same_name = tenant("t-3");
  same_name.name = "name-t-1";
  EXPECT_EQ(code(store_->add_tenant(same_name)), Errc::conflict);
}

TEST_F(SqliteStoreAccounts, OrgStatementOnlyMovesUp) {
  store_->set_org_statement("t-1", 2, "second").value();
  EXPECT_EQ(code(store_->set_org_statement("t-1", 2, "other")), Errc::conflict);
  EXPECT_EQ(code(store_->set_org_statement("t-1", 1, "first")), Errc::conflict);
  EXPECT_EQ(store_->tenant("t-1").value().org_statement, "second");
  EXPECT_EQ(store_->tenant("t-2").value().org_statement, "statement-t-2");
}

TEST_F(SqliteStoreAccounts, EmailIsUniqueInItsTenantWhateverItsCase) {
  store_->add_user("t-1", user("u-1", "Ada@example.org")).value();
  EXPECT_EQ(code(store_->add_user("t-1", user("u-2", "aDA@EXAMPLE.org"))), Errc::conflict);
  EXPECT_TRUE(store_->add_user("t-2", user("u-2", "ada@example.org")));
  EXPECT_EQ(store_->find_user("t-1", "ADA@example.ORG").value().email, "Ada@example.org");
}

TEST_F(SqliteStoreAccounts, UserOfAnUnknownTenantIsNotFound) {
  EXPECT_EQ(code(store_->add_user("t-9", user("u-1", "a@b"))), Errc::not_found);
}

TEST_F(SqliteStoreAccounts, FailuresAreCountedAndCleared) {
  store_->add_user("t-1", user("u-1", "a@b")).value();
  EXPECT_EQ(store_->record_failure("t-1", "u-1").value(), 1u);
  EXPECT_EQ(store_->record_failure("t-1", "u-1").value(), 2u);
  store_->clear_failures("t-1", "u-1").value();
  EXPECT_EQ(store_->user("t-1", "u-1").value().failed_count, 0u);
}

TEST_F(SqliteStoreAccounts, EveryRoleCanBeSetAndReadBack) {
  store_->add_user("t-1", user("u-1", "a@b")).value();
  for (const auto role : {Role::admin, Role::technician, Role::customer, Role::bot}) {
    store_->set_role("t-1", "u-1", role).value();
    EXPECT_EQ(store_->user("t-1", "u-1").value().role, role);
  }
}

TEST_F(SqliteStoreAccounts, DevicesBelongToAUserAndAreFoundByKey) {
  EXPECT_EQ(code(store_->add_device("t-1", device("d-1", "u-1", 1))), Errc::not_found);
  store_->add_user("t-1", user("u-1", "a@b")).value();
  store_->add_device("t-1", device("d-1", "u-1", 1)).value();
  EXPECT_EQ(code(store_->add_device("t-1", device("d-2", "u-1", 1))), Errc::conflict);
  store_->set_device_used("t-1", "d-1", at(60)).value();
  EXPECT_EQ(store_->find_device("t-1", key(1)).value().last_used, at(60));
  store_->remove_device("t-1", "d-1").value();
  EXPECT_EQ(code(store_->find_device("t-1", key(1))), Errc::not_found);
}

TEST_F(SqliteStoreAccounts, TextIsDataAndNeverSql) {
  const std::string hostile = "x'; DROP TABLE users; --";
  store_->add_user("t-1", user(hostile, hostile)).value();
  EXPECT_EQ(store_->find_user("t-1", hostile).value().id, hostile);
}

// Each call about rows of t-1, asked with the other tenant's id.
TEST_F(SqliteStoreAccounts, AnotherTenantSeesNothing) {
  store_->add_user("t-1", user("u-1", "a@b")).value();
  store_->add_device("t-1", device("d-1", "u-1", 1)).value();
  store_->add_agent("t-1", agent(1, "web1")).value();
  store_->add_token("t-1", token(5)).value();
  store_->append_audit(std::vector{audit("t-1", "login")}).value();
  const auto id = agent_id(1);
  const store::Instance next{1, Bytes(16)};

  const std::vector<std::pair<const char*, Errc>> answers = {
      {"user", code(store_->user("t-2", "u-1"))},
      {"find_user", code(store_->find_user("t-2", "a@b"))},
      {"set_role", code(store_->set_role("t-2", "u-1", Role::admin))},
      {"set_password", code(store_->set_password("t-2", "u-1", "x"))},
      {"record_failure", code(store_->record_failure("t-2", "u-1"))},
      {"clear_failures", code(store_->clear_failures("t-2", "u-1"))},
      {"add_device", code(store_->add_device("t-2", device("d-9", "u-1", 9)))},
      {"find_device", code(store_->find_device("t-2", key(1)))},
      {"set_device_used", code(store_->set_device_used("t-2", "d-1", at(1)))},
      {"remove_device", code(store_->remove_device("t-2", "d-1"))},
      {"agent", code(store_->agent("t-2", id))},
      {"find_agent by name", code(store_->find_agent("t-2", "web1"))},
      {"find_agent by id", code(store_->find_agent("t-2", id.text()))},
      {"find_agent_by_key", code(store_->find_agent_by_key("t-2", key(1)))},
      {"set_last_seen", code(store_->set_last_seen("t-2", id, at(1)))},
      {"set_agent_version", code(store_->set_agent_version("t-2", id, "x", "y"))},
      {"set_certificate", code(store_->set_certificate("t-2", id, "x"))},
      {"rename_agent", code(store_->rename_agent("t-2", id, "x", "y"))},
      {"set_tags", code(store_->set_tags("t-2", id, {}, "y"))},
      {"remove_agent", code(store_->remove_agent("t-2", id))},
      {"commit_instance", code(store_->commit_instance("t-2", id, std::nullopt, next))},
      {"revoke_token", code(store_->revoke_token("t-2", key(5)))},
  };
  for (const auto& [call, answer] : answers) EXPECT_EQ(answer, Errc::not_found) << call;

  EXPECT_TRUE(store_->list_users("t-2").value().empty());
  EXPECT_TRUE(store_->list_devices("t-2", "u-1").value().empty());
  EXPECT_TRUE(store_->list_agents("t-2").value().empty());
  EXPECT_TRUE(store_->list_tokens("t-2").value().empty());
  EXPECT_TRUE(store_->list_audit("t-2", {.writer = "relayd"}).value().empty());
  EXPECT_TRUE(store_->audit_writers("t-2").value().empty());
  EXPECT_EQ(store_->audit_head("t-2", "relayd").value().seq, 0u);
  EXPECT_EQ(store_->verify_audit("t-2", "relayd").value().seq, 0u);
  EXPECT_EQ(store_->agent("t-1", id).value().name, "web1");
  EXPECT_EQ(store_->user("t-1", "u-1").value().role, Role::technician);
}

} // namespace
