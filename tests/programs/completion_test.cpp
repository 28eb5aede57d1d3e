#include "lab.hpp"

#include <algorithm>

namespace rs::test {
namespace {

class ProgramsCompletion : public Lab {
 protected:
  // What a real bash offers behind this line; its last word is the one that is being typed.
  std::string offered(const std::vector<std::string>& words) {
    std::string line;
    for (const auto& word : words) line += "'" + word + "' ";
    write("complete.sh", "source <('" + kBin +
                             "rsctl' completion bash)\n"
                             "compopt() { :; }\n"
                             "COMP_WORDS=(rsctl " +
                             line + ")\nCOMP_CWORD=" + std::to_string(words.size()) +
                             "\n"
                             "_rsctl\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
    const auto command = "cd '" + dir.string() + "' && PATH='" + kBin + "':$PATH RSCTL_CONFIG_DIR='" + path("rsctl") +
                         "' HTTPS_PROXY= bash --norc complete.sh > offered 2> complete.err";
    EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 0) << contents(path("complete.err"));
    EXPECT_EQ(contents(path("complete.err")), "");
    return contents(path("offered"));
  }
};

TEST_F(ProgramsCompletion, BashOffersWordsOptionsValuesAndAgents) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  EXPECT_EQ(offered({"agents", "l"}), "list\n");
  EXPECT_EQ(offered({"ag"}), "agents\n");
  EXPECT_EQ(offered({"exec", ""}), "box\n");
  EXPECT_EQ(offered({"agents", "show", "b"}), "box\n");
  EXPECT_EQ(offered({"-o", "json", "wait", "bo"}), "box\n");
  EXPECT_EQ(offered({"wait", "box", "--for", "on"}), "online\n");
  EXPECT_EQ(offered({"exec", "box", "--cw"}), "--cwd\n");
  EXPECT_EQ(offered({"-o", "n"}), "ndjson\nname\n");
  EXPECT_EQ(offered({"targets", "box", "b"}), "box\n");
  EXPECT_EQ(offered({"exec", "box", "--", "b"}), "\n");
}

TEST_F(ProgramsCompletion, TheRelayMayBeAway) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  EXPECT_EQ(offered({"exec", ""}), "box\n");
  relay_->signal(SIGSTOP); // it takes connections and says nothing: the worst way to be away
  const auto from = std::chrono::steady_clock::now();
  EXPECT_EQ(offered({"exec", ""}), "box\n");
  EXPECT_LT(std::chrono::steady_clock::now() - from, Seconds(1)) << "the cache is a minute's";
  std::filesystem::remove(path("rsctl/profiles/default/agents.json"));
  const auto cold = std::chrono::steady_clock::now();
  EXPECT_EQ(offered({"exec", ""}), "\n");
  EXPECT_LT(std::chrono::steady_clock::now() - cold, Seconds(5));
  relay_->signal(SIGCONT);
}

} // namespace
} // namespace rs::test
