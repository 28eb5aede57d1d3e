#include "cli/completion.hpp"

#include "cli/verbs.hpp"

#include "scratch.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

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

// What the bash script answers to a line whose last word is being written; `rsctl` itself knows one agent.
std::string completed(const std::string& words) {
  test::Scratch scratch;
  std::ofstream(scratch.path("script")) << cli::completion_script("bash").value();
  std::ofstream(scratch.path("line")) << "rsctl() { echo box; }\nsource '" << scratch.path("script") << "'\nCOMP_WORDS=(" << words
                                      << ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_rsctl\necho \"${COMPREPLY[*]}\"\n";
  FILE* shell = ::popen(("PATH= /bin/bash '" + scratch.path("line") + "' 2>/dev/null").c_str(), "r");
  std::string out;
  for (int c = std::fgetc(shell); c != EOF && c != '\n'; c = std::fgetc(shell)) out += static_cast<char>(c);
  ::pclose(shell);
  return out;
}

TEST(CliCompletion, BehindAnOptionWithAFreeValueNothingIsOffered) {
  EXPECT_EQ(completed("rsctl targets ''"), "box");
  for (const char* words :
       {"rsctl targets -l ''", "rsctl targets --selector ''", "rsctl --timeout ''", "rsctl exec box --cwd ''"})
    EXPECT_EQ(completed(words), "") << words;
  EXPECT_EQ(completed("rsctl -o y"), "yaml");
}

TEST(CliCompletion, ZshsFunctionAnswersAlsoTheTabThatLoadsIt) {
  const auto script = cli::completion_script("zsh").value();
  EXPECT_TRUE(script.ends_with("if [[ ${funcstack[1]} == _rsctl ]]; then _bash_complete -o default -F _rsctl; fi\n"));
}

} // namespace
