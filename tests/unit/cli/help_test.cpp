#include "cli/help.hpp"

#include "cli/settings.hpp"
#include "cli/targets.hpp"
#include "fleet/host_list.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace {

using namespace rs;

// The words of a shell's line: blanks part them, single quotes hold them together.
std::vector<std::string> shell_words(std::string_view line) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '\'') quoted = !quoted;
    else if (c == ' ' && !quoted) words.emplace_back();
    else words.back() += c;
  }
  return words;
}

TEST(CliHelp, EveryExampleOfTargetsParses) {
  for (const auto& row : cli::target_examples()) {
    const auto words = shell_words(row.targets);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] == "-l") EXPECT_TRUE(fleet::Selector::parse(words[i + 1])) << row.targets;
      if ((words[i] == "-w" || words[i] == "-x") && words[i + 1][0] != '^')
        EXPECT_TRUE(fleet::expand_host_list(words[i + 1])) << row.targets;
    }
  }
}

TEST(CliHelp, ExamplesMeanWhatTheySay) {
  const fleet::AgentFacts web{"a-1", "web12", {{"role", "web"}, {"site", "St. Gallen, East"}}, "Debian 12", "0.2", {}, false};
  const std::pair<const char*, bool> rows[] = {{"role=web|role=db,online", true},
                                               {"(role=web|role=db),online", false},
                                               {"tag.role, !online", true},
                                               {"name~^web[0-9]+$", true},
                                               {"site=\"St. Gallen, East\"", true}};
  const auto help = cli::help_on_targets();
  for (const auto& [text, matches] : rows) {
    EXPECT_NE(help.find(text), std::string::npos) << text;
    EXPECT_EQ(fleet::Selector::parse(text).value().matches(web), matches) << text;
  }
  EXPECT_EQ(fleet::expand_host_list("rack[1-3]n[01-10]").value().back(), "rack3n10");
}

TEST(CliHelp, EveryVariableThatTheCodeReadsIsListed) {
  std::set<std::string> read;
  for (const char* folder : {"cli", "lib/net"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(RS_SOURCE_DIR "/") + folder)) {
      if (entry.path().extension() != ".cpp" || entry.path().filename() == "settings.cpp") continue;
      std::stringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      const auto code = text.str();
      const std::regex asked("environment\\(\"([A-Za-z_]+)\"|getenv\\(\"([A-Z_]+)\"|\"(RSCTL_[A-Z_]+)\"");
      for (std::sregex_iterator at(code.begin(), code.end(), asked), end; at != end; ++at)
        read.insert((*at)[1].str() + (*at)[2].str() + (*at)[3].str());
    }
  }
  std::set<std::string> listed{"HOME"};
  for (const auto& row : cli::variables()) listed.insert(std::string(row.name));
  for (const auto& name : read) EXPECT_TRUE(listed.contains(name)) << name;
  EXPECT_TRUE(read.contains("RSCTL_OUTPUT")) << "the search finds something";
}

TEST(CliHelp, EveryExitCodeHasItsRow) {
  std::set<int> codes;
  for (const auto& row : cli::exit_code_rows()) EXPECT_TRUE(codes.insert(row.exit_code).second) << row.exit_code;
  for (const auto& error : all_errors()) EXPECT_TRUE(codes.contains(error.exit_code)) << error.name;
  for (const int code : {0, kExitLimit, kExitOwn}) EXPECT_TRUE(codes.contains(code)) << code;
}

} // namespace
