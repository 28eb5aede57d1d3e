#include "unit/relayd/store_fixture.hpp"

#include <fstream>
#include <iterator>

namespace {

using namespace rs;
using namespace rs::test;

class SqliteStoreAudit : public StoreTest {
 protected:
  // Changes bytes in the closed file behind SQLite's back, as an attacker with the disk would.
  void patch_file(const std::string& from, const std::string& to) {
    store_.reset();
    std::ifstream in(path_, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto found = bytes.find(from);
    ASSERT_NE(found, std::string::npos);
    ASSERT_EQ(bytes.find(from, found + 1), std::string::npos);
    bytes.replace(found, to.size(), to);
    std::ofstream(path_, std::ios::binary) << bytes;
    reopen();
  }
};

TEST_F(SqliteStoreAudit, ChainsAreKeptPerTenantAndWriter) {
  auto by_other = audit("t-1", "sync");
  by_other.writer = "relay-2";
  const auto sealed =
      store_->append_audit(std::vector{audit("t-1", "login"), audit("t-2", "login"), audit("t-1", "exec.run"), by_other}).value();
  EXPECT_EQ(sealed[0].seq, 1u);
  EXPECT_EQ(sealed[1].seq, 1u);
  EXPECT_EQ(sealed[2].seq, 2u);
  EXPECT_EQ(sealed[2].prev, sealed[0].hash);
  EXPECT_EQ(sealed[3].seq, 1u);
  EXPECT_EQ(store_->audit_writers("t-1").value(), (std::vector<std::string>{"relay-2", "relayd"}));
  EXPECT_EQ(store_->audit_head("t-1", "relayd").value(), (session::AuditHead{2, sealed[2].hash}));
}

TEST_F(SqliteStoreAudit, ARecordComesBackAsItWasSealed) {
  auto record = audit("t-1", "exec.run");
  record.session = SessionId::from_random(Bytes(kIdRandomBytes, 3));
  record.detail.set("argv", "uname -a");
  record.detail.set("limit", std::int64_t(30));
  const auto sealed = store_->append_audit({&record, 1}).value();
  reopen();
  EXPECT_EQ(store_->list_audit("t-1", {.writer = "relayd"}).value(), sealed);
}

TEST_F(SqliteStoreAudit, ALongChainVerifiesAfterAReopen) {
  const std::vector records(1500, audit("t-1", "exec.run"));
  const auto sealed = store_->append_audit(records).value();
  reopen();
  EXPECT_EQ(store_->verify_audit("t-1", "relayd").value(), (session::AuditHead{1500, sealed.back().hash}));
}

TEST_F(SqliteStoreAudit, IsFilteredByTimeActorActionAndSeq) {
  auto late = audit("t-1", "login", "u-2");
  late.time = at(60);
  store_->append_audit(std::vector{audit("t-1", "login"), audit("t-1", "exec.run"), late}).value();
  const auto seqs = [&](store::AuditQuery query) {
    query.writer = "relayd";
    std::vector<std::uint64_t> out;
    for (const auto& record : store_->list_audit("t-1", query).value()) out.push_back(record.seq);
    return out;
  };
  using Seqs = std::vector<std::uint64_t>;
  EXPECT_EQ(seqs({}), (Seqs{1, 2, 3}));
  EXPECT_EQ(seqs({.since = at(60)}), (Seqs{3}));
  EXPECT_EQ(seqs({.actor = "u-1"}), (Seqs{1, 2}));
  EXPECT_EQ(seqs({.action = "login"}), (Seqs{1, 3}));
  EXPECT_EQ(seqs({.actor = "u-1", .action = "login"}), (Seqs{1}));
  EXPECT_EQ(seqs({.after_seq = 1}), (Seqs{2, 3}));
  EXPECT_EQ(seqs({.limit = 2}), (Seqs{1, 2}));
}

TEST_F(SqliteStoreAudit, AnAlteredRecordIsNamed) {
  auto secret = audit("t-1", "exec.run");
  secret.target = "the-quick-brown-fox";
  store_->append_audit(std::vector{audit("t-1", "login"), secret, audit("t-1", "logout")}).value();
  ASSERT_NO_FATAL_FAILURE(patch_file("the-quick-brown-fox", "the-quick-brown-cat"));
  const auto verified = store_->verify_audit("t-1", "relayd");
  EXPECT_EQ(code(verified), Errc::integrity);
  EXPECT_NE(verified.error().message.find("record 2 is altered"), std::string::npos) << verified.error().message;
}

TEST_F(SqliteStoreAudit, OneBadRecordKeepsItsWholeGroupOut) {
  auto bad = audit("t-1", "login");
  bad.actor = std::string(session::kMaxAuditText + 1, 'x');
  EXPECT_EQ(code(store_->append_audit(std::vector{audit("t-1", "login"), bad})), Errc::limit);
  EXPECT_EQ(store_->audit_head("t-1", "relayd").value().seq, 0u);
  EXPECT_EQ(code(store_->append_audit(std::vector{audit("t-9", "login")})), Errc::not_found);
}

TEST_F(SqliteStoreAudit, AFullDiskIsAuditUnavailableAndTheChainStaysWhole) {
  reopen({.max_pages = 60});
  Result<std::vector<session::AuditRecord>> appended = std::vector<session::AuditRecord>{};
  std::uint64_t kept = 0;
  for (int i = 0; i < 200 && appended; ++i) {
    appended = store_->append_audit(std::vector(10, audit("t-1", "exec.run")));
    if (appended) kept += 10;
  }
  EXPECT_EQ(code(appended), Errc::audit_unavailable);
  EXPECT_EQ(store_->verify_audit("t-1", "relayd").value().seq, kept);
  reopen();
  EXPECT_EQ(store_->append_audit(std::vector{audit("t-1", "login")}).value().front().seq, kept + 1);
}

} // namespace
