#include "relayd/init.hpp"

#include "crypto/jwk.hpp"
#include "daemon/files.hpp"
#include "papers.hpp"
#include "relayd/relay_keys.hpp"

#include <fstream>

#include <sys/stat.h>

namespace rs::relay::test {
namespace {

struct Init : testing::Test {
  Init() {
    options.data = scratch / "data";
    options.self_signed = {"127.0.0.1"};
    options.org_root_out = scratch / "root.jwk";
  }
  Result<InitReport> run() { return init(options, clock, crypto::system_random()); }
  static unsigned mode(const std::string& path) {
    struct stat facts{};
    EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
    return facts.st_mode & 0777;
  }

  daemon::ScratchDirectory scratch;
  ManualClock clock;
  InitOptions options;
};

TEST_F(Init, ReportsWhatTheStoreHolds) {
  const auto report = run().value();
  const DataDir dir{options.data};
  const auto column_key = read_column_key(dir).value();
  const auto store = store::SqliteStore::open(dir.store()).value();
  EXPECT_EQ(RelayKeys::load(*store, column_key).value()->fingerprint(), report.relay_fingerprint);
  EXPECT_EQ(Tenants::load(*store, column_key).value()->only()->row.org_fingerprint, report.org_fingerprint);
  EXPECT_EQ(report.tenant, "default");
}

TEST_F(Init, HandsTheRootOutAndKeepsNoCopy) {
  const auto report = run().value();
  const auto text = to_text(daemon::read_file(report.org_root_file, 4096).value());
  const auto root = crypto::parse_private_jwk(text).value();
  EXPECT_EQ(crypto::fingerprint(root.public_key()), report.org_fingerprint);
  const auto seed = to_text(root.seed().view());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(options.data))
    EXPECT_EQ(to_text(daemon::read_file(entry.path(), 1 << 24).value()).find(seed), std::string::npos) << entry.path();
}

TEST_F(Init, KeepsSecretsFromOtherUsers) {
  (void)run().value();
  EXPECT_EQ(mode(options.data), 0700U);
  for (const auto* file : {"/relay.key", "/relay.sqlite", "/tls.key", "/relayd.json"})
    EXPECT_EQ(mode(options.data + file), 0600U) << file;
  EXPECT_EQ(mode(options.org_root_out), 0600U);
}

TEST_F(Init, MakesTheFirstAdminAndARecordOfIt) {
  options.admin = "admin@example.org";
  options.admin_password = kPassword;
  (void)run().value();
  Papers papers((DataDir{options.data}).store(), read_column_key({options.data}).value());
  const auto& org = papers.tenants->only()->row.id;
  EXPECT_EQ(papers.store->find_user(org, "ADMIN@example.org").value().role, Role::admin);
  EXPECT_EQ(papers.audit(org, "relay.init").size(), 1U);
}

TEST_F(Init, TakesAnEmptyDirectoryAndRefusesASecondTime) {
  std::filesystem::create_directory(options.data);
  EXPECT_TRUE(run());
  options.org_root_out = scratch / "second.jwk";
  EXPECT_EQ(code_of(run()), Errc::conflict);
  EXPECT_FALSE(std::filesystem::exists(options.org_root_out));
}

TEST_F(Init, RefusesADirectoryThatHoldsSomethingElse) {
  std::filesystem::create_directory(options.data);
  std::ofstream(options.data + "/letter.txt") << "dear";
  EXPECT_EQ(code_of(run()), Errc::conflict);
  EXPECT_FALSE(std::filesystem::exists(options.data + "/relay.key"));
}

TEST_F(Init, TakesBackWhatItMadeWhenItFails) {
  for (const bool had_directory : {false, true}) {
    if (had_directory) std::filesystem::create_directory(options.data);
    options.org_root_out = scratch / "nowhere/root.jwk"; // found out at the very end
    EXPECT_FALSE(run());
    EXPECT_EQ(std::filesystem::exists(options.data), had_directory);
    options.org_root_out = scratch / "root.jwk";
    ASSERT_TRUE(run()) << had_directory;
    EXPECT_EQ(mode(options.org_root_out), 0600U);
    std::filesystem::remove_all(options.data);
    std::filesystem::remove(options.org_root_out);
  }
}

TEST_F(Init, LeavesNoDraftOfTheRoot) {
  (void)run().value();
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(scratch / "")) ++entries;
  EXPECT_EQ(entries, 2U); // the directory and the root
}

// The clock is read after the first look at the root file.
struct WriterAtTheClock final : Clock {
  explicit WriterAtTheClock(std::string path) : path(std::move(path)) {}
  WallTime wall() const override {
    std::ofstream(path) << "precious";
    return kNow;
  }
  BootTime boot() const override { return BootTime(Millis(1)); }
  std::string path;
};

TEST_F(Init, LeavesARootFileAloneThatAppearedMeanwhile) {
  const WriterAtTheClock late(options.org_root_out);
  EXPECT_EQ(code_of(init(options, late, crypto::system_random())), Errc::conflict);
  EXPECT_EQ(to_text(daemon::read_file(options.org_root_out, 100).value()), "precious");
  EXPECT_FALSE(std::filesystem::exists(options.data));
}

TEST_F(Init, LeavesAnExistingRootFileAlone) {
  std::ofstream(options.org_root_out) << "precious";
  EXPECT_EQ(code_of(run()), Errc::conflict);
  EXPECT_EQ(to_text(daemon::read_file(options.org_root_out, 100).value()), "precious");
}

TEST_F(Init, KeepsTheRootOutOfTheDataDirectory) {
  options.org_root_out = options.data + "/sub/../root.jwk";
  EXPECT_EQ(code_of(run()), Errc::invalid);
}

TEST_F(Init, RefusesOptionsThatDoNotFit) {
  const struct {
    const char* what;
    std::function<void(InitOptions&)> change;
    Errc code;
  } cases[] = {
      {"no TLS", [](auto& o) { o.self_signed.clear(); }, Errc::usage},
      {"both kinds of TLS", [](auto& o) { o.tls_certificate = "a", o.tls_key = "b"; }, Errc::usage},
      {"a certificate without its key", [](auto& o) { o.self_signed.clear(), o.tls_certificate = "a"; }, Errc::usage},
      {"a certificate that is not there",
       [](auto& o) { o.self_signed.clear(), o.tls_certificate = "/nowhere/a", o.tls_key = "/nowhere/b"; }, Errc::not_found},
      {"a tenant with a slash", [](auto& o) { o.tenant = "a/b"; }, Errc::invalid},
      {"an admin without @", [](auto& o) { o.admin = "admin"; }, Errc::invalid},
      {"an admin without a password", [](auto& o) { o.admin = "a@b"; }, Errc::invalid},
  };
  for (const auto& c : cases) {
    auto changed = options;
    c.change(changed);
    EXPECT_EQ(code_of(init(changed, clock, crypto::system_random())), c.code) << c.what;
    EXPECT_FALSE(std::filesystem::exists(DataDir{options.data}.config())) << c.what;
  }
}

TEST(Password, WantsLengthLettersAndDigits) {
  EXPECT_TRUE(check_password("abcdefg1"));
  EXPECT_TRUE(check_password("ölölölö1"));
  for (const std::string bad : {"", "abcdef1", "abcdefgh", "12345678", "        "})
    EXPECT_EQ(code_of(check_password(bad)), Errc::invalid) << bad;
  EXPECT_EQ(code_of(check_password(std::string(1025, 'a') + "1")), Errc::invalid);
}

} // namespace
} // namespace rs::relay::test
