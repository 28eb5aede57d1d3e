#include "cli/remote_path.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;

TEST(CliRemotePath, IsWhatStandsBehindANameAndAColon) {
  const std::pair<std::string, std::string> cases[] = {
      {"box:/etc/hosts", "box|/etc/hosts"}, {"box:", "box|"},           {"a-b.c_d9:x", "a-b.c_d9|x"}, {"box:a:b", "box|a:b"},
      {"box:relative", "box|relative"},     {"9lives:/x", "9lives|/x"}, {"box: x", "box| x"},         {"s-abc:~/x", "s-abc|~/x"}};
  for (const auto& [text, expected] : cases) {
    const auto remote = cli::parse_remote(text);
    ASSERT_TRUE(remote) << text;
    EXPECT_EQ(remote->agent + "|" + remote->path, expected);
  }
}

TEST(CliRemotePath, IsLocalWhereNoNameStandsBeforeTheColon) {
  for (const std::string text :
       {"", "/etc/hosts", "file", "./a:b", "/a:b", ":x", "-box:/x", ".box:/x", "b ox:/x", "~:/x", "-", "b\xc3\xb6x:/x"})
    EXPECT_FALSE(cli::parse_remote(text)) << text;
}

TEST(CliRemotePath, IsAskedForInWordsThatSayWhatToWrite) {
  const auto local = cli::require_remote("/etc/hosts");
  EXPECT_EQ(local.error().code, Errc::usage);
  EXPECT_NE(local.error().message.find("write A:PATH"), std::string::npos) << local.error().message;
  EXPECT_EQ(cli::require_remote("box:").error().code, Errc::usage);
  EXPECT_EQ(cli::require_remote("box:/x").value().path, "/x");
}

} // namespace
