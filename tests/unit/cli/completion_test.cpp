#include "cli/completion.hpp"

#include "cli/verbs.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;

TEST(CliCompletion, AgentsComeFromTheCachedListInEachShell) {
  for (const char* shell : {"bash", "zsh", "fish"})
    EXPECT_NE(cli::completion_script(shell).value().find("agents list --cached -o name"), std::string::npos) << shell;
}

TEST(CliCompletion, EveryVerbOnAnAgentCompletesAgents) {
  const auto script = cli::completion_script("bash").value();
  for (const auto& verb : cli::verbs()) {
    const std::string_view name = verb.positional_name;
    const bool agent = name == "A" || name.starts_with("A ") || name.starts_with("A…");
    const auto at = script.find("'" + std::string(verb.words) + "') kind=agent");
    const auto each = script.find("'" + std::string(verb.words) + " '*) kind=agent");
    EXPECT_EQ(at != script.npos || each != script.npos, agent) << verb.words;
    EXPECT_EQ(script.find("'" + std::string(verb.words) + " '*) kind=path") != script.npos, name.find("A:") != name.npos)
        << verb.words;
  }
}

TEST(CliCompletion, NothingInZshsScriptIsBashsAlone) {
  const auto script = cli::completion_script("zsh").value();
  for (const char* word : {"mapfile", "readarray", "declare -n"}) EXPECT_EQ(script.find(word), script.npos) << word;
}

} // namespace
