#include "cli/man.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace {

using namespace rs;

std::string source_file(const char* name) {
  std::ifstream file(std::string(RS_SOURCE_DIR "/man/") + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(CliMan, TheCommittedPageIsTheOneOfTheTables) {
  const auto page = cli::man_page(source_file("rsctl.1.in"));
  ASSERT_TRUE(page) << page.error().message;
  std::istringstream made(*page), committed(source_file("rsctl.1"));
  std::string expected, found;
  for (int line = 1; std::getline(made, expected); ++line) {
    std::getline(committed, found);
    ASSERT_EQ(found, expected) << "man/rsctl.1:" << line << " differs; build the target `man` and commit the page";
  }
  EXPECT_FALSE(std::getline(committed, found)) << "man/rsctl.1 is longer; build the target `man`";
}

TEST(CliMan, ANoteStandsAtItsCommand) {
  const auto page = cli::man_page("start\n.\\\" @commands\nend\n.\\\" @note logout\nThe pins stay.\n").value();
  const auto at = page.find(".It Cm logout\n");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(page.find("The pins stay.\n", at), page.find('\n', page.find('\n', at) + 1) + 1);
  EXPECT_TRUE(page.starts_with("start\n") && page.ends_with("end\n"));
}

TEST(CliMan, UnknownPlacesAndCommandsAreInvalid) {
  EXPECT_EQ(cli::man_page(".\\\" @note juggle\nx\n").error().code, Errc::invalid);
  EXPECT_EQ(cli::man_page(".\\\" @verbs\n").error().code, Errc::invalid);
}

} // namespace
