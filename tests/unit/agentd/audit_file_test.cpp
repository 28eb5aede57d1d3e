#include "agentd/audit_file.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

using namespace rs;
using agent::AuditFile;
using session::AuditHead;
using session::AuditRecord;

AuditRecord record(const std::string& action) {
  AuditRecord out;
  out.time = from_unix_seconds(1'790'000'000);
  out.writer = "a-1";
  out.tenant = "t-1";
  out.actor = "u-1";
  out.action = action;
  return out;
}

class AgentAuditFile : public testing::Test {
 protected:
  AgentAuditFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rs-audit-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    path_ = directory_ + "/audit.jsonl";
  }
  ~AgentAuditFile() override { std::filesystem::remove_all(directory_); }

  std::string contents() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void replace(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }
  AuditHead write(int count) const {
    auto file = AuditFile::open(path_).value();
    for (int i = 0; i < count; ++i) file.append(record("exec.run")).value();
    return file.head();
  }

  std::string directory_;
  std::string path_;
};

TEST_F(AgentAuditFile, GoesOnWithItsChainAfterAReopen) {
  EXPECT_EQ(write(2).seq, 2u);
  const auto head = write(1);
  EXPECT_EQ(head.seq, 3u);
  EXPECT_EQ(AuditFile::verify(path_).value(), head);
}

TEST_F(AgentAuditFile, IsForItsOwnerOnly) {
  write(1);
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(path_).permissions(), perms::owner_read | perms::owner_write);
}

TEST_F(AgentAuditFile, ATornLastLineIsCutOff) {
  write(2);
  const auto whole = contents();
  for (const std::size_t torn : {1UL, 40UL, whole.size() / 2 - 1}) {
    replace(whole + whole.substr(0, torn));
    EXPECT_EQ(AuditFile::open(path_).value().head().seq, 2u) << torn;
    EXPECT_EQ(contents(), whole) << torn;
  }
}

TEST_F(AgentAuditFile, ATornOnlyLineLeavesAnEmptyChain) {
  replace("{\"seq\":1,\"ti");
  EXPECT_EQ(write(1).seq, 1u);
  EXPECT_TRUE(AuditFile::verify(path_));
}

TEST_F(AgentAuditFile, AnAlteredLastLineIsRefusedAtOpen) {
  write(2);
  auto text = contents();
  text.replace(text.rfind("exec.run"), 8, "exec.rub");
  replace(text);
  const auto opened = AuditFile::open(path_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::integrity);
}

TEST_F(AgentAuditFile, VerifyNamesAnAlteredAndAMissingRecord) {
  write(3);
  const auto text = contents();
  auto altered = text;
  altered.replace(text.find("exec.run"), 8, "exec.rub");
  replace(altered);
  EXPECT_NE(AuditFile::verify(path_).error().message.find("record 1 is altered"), std::string::npos);
  replace(text.substr(text.find('\n') + 1));
  EXPECT_NE(AuditFile::verify(path_).error().message.find("record 1 is missing"), std::string::npos);
}

TEST_F(AgentAuditFile, AFullDiskIsAuditUnavailableAndLeavesNoTrace) {
  auto file = AuditFile::open(path_).value();
  file.append(record("login")).value();
  const auto before = contents();
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const rlimit tight{before.size() + 50, old.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &tight);
  const auto refused = file.append(record("exec.run"));
  ::setrlimit(RLIMIT_FSIZE, &old);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::audit_unavailable);
  EXPECT_EQ(contents(), before);
  EXPECT_EQ(file.append(record("exec.run")).value().seq, 2u);
  EXPECT_TRUE(AuditFile::verify(path_));
}

TEST_F(AgentAuditFile, AMissingDirectoryIsAuditUnavailable) {
  const auto opened = AuditFile::open(directory_ + "/none/audit.jsonl");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::audit_unavailable);
}

} // namespace
