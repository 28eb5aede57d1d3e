#include "cli/completion.hpp"
#include "cli/help.hpp"
#include "cli/options.hpp"
#include "cli/run.hpp"
#include "scratch.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace {

using namespace rs;

// The lines that scripts may rely on, as the contract has them.
constexpr const char* kLines[] = {
    "login --email E --password-stdin --fingerprint F --org-fingerprint F",
    "logout",
    "whoami",
    "auth status",
    "agents list -l tag.role=web --cached",
    "agents show A",
    "targets A B -l role=web -w web[01-20] -w ^FILE -x web[02-03] --all --allow-empty --expect 20",
    "wait A --for online --timeout 5m",
    "enroll-token create --ttl 1h --uses 2 --tag k=v --tag l=w --ephemeral --allow exec,files",
    "enroll-token list",
    "enroll-token revoke ID",
    "exec A --cwd D --env K=V --env L=W --user U --no-stdin --limit 5s --shell -- uname -a",
    "exec A --script - -- x",
    "diag A memory disks",
    "screenshot A -O F.png --display :0 --monitor M --region 640x480+0+0 --no-cursor",
    "screenshot A --out-file -",
    "push -r SRC SRC A:DST --preserve --verify --fsync --no-resume --compress zstd",
    "push - A:DST --compress=never",
    "pull -r A:SRC A:SRC DST --preserve --verify --fsync --no-resume --compress auto",
    "pull A:SRC -",
    "ls A:PATH",
    "cat A:PATH A:PATH",
    "stat A:PATH",
    "rm -rf A:PATH A:PATH --force --recursive",
    "org show",
    "org fingerprint",
    "audit list --since 24h --actor A --action exec.run",
    "audit verify",
    "server status",
    "config explain",
    "doctor",
    "doctor A",
    "completion zsh",
    "help exit-codes",
    "help environment",
    "help targets",
    "help agents list",
};

TEST(CliContract, EveryLineParses) {
  std::set<std::string_view> reached;
  for (const std::string line : kLines) {
    const auto found = cli::find_verb(cli::split_list(line, ' '));
    ASSERT_NE(found.verb, nullptr) << line;
    EXPECT_TRUE(cli::parse_options(found)) << line;
    reached.insert(found.verb->words);
  }
  for (const auto& verb : cli::verbs())
    EXPECT_TRUE(reached.contains(verb.words)) << verb.words << " is in the table, but not in the contract";
}

TEST(CliContract, EveryGlobalOptionParses) {
  const std::string line =
      "whoami -s U --server U -P N --profile N -o json --output json --json --fields a,b -q -v --timeout 5s -y --yes --no-input "
      "--dry-run --config F --log-level info --log-format json";
  EXPECT_TRUE(cli::parse_options(cli::find_verb(cli::split_list(line, ' '))));
}

TEST(CliContract, ExitCodesAreTheContracts) {
  const std::map<std::string_view, int> contract{{"internal", 1},
                                                 {"outcome-unknown", 1},
                                                 {"audit-unavailable", 1},
                                                 {"usage", 2},
                                                 {"invalid", 2},
                                                 {"no-match", 3},
                                                 {"sign-in", 4},
                                                 {"second-factor", 4},
                                                 {"expired", 4},
                                                 {"locked", 4},
                                                 {"forbidden", 5},
                                                 {"not-found", 6},
                                                 {"conflict", 7},
                                                 {"timeout", 8},
                                                 {"unsupported", 9},
                                                 {"key-elsewhere", 9},
                                                 {"wrong-target", 9},
                                                 {"clock-skew", 9},
                                                 {"consent-denied", 10},
                                                 {"consent-timeout", 11},
                                                 {"consent-revoked", 12},
                                                 {"ended-by-customer", 12},
                                                 {"relay-unreachable", 30},
                                                 {"server-identity", 31},
                                                 {"integrity", 32},
                                                 {"hash-mismatch", 32},
                                                 {"agent-offline", 33},
                                                 {"connection-lost", 34},
                                                 {"too-late", 34},
                                                 {"no-space", 35},
                                                 {"permission", 35},
                                                 {"io", 35}};
  for (const auto& [name, code] : contract) {
    const auto error = errc_from_name(name);
    ASSERT_TRUE(error) << name;
    EXPECT_EQ(exit_code(*error), code) << name;
  }
}

std::string manual() {
  std::ifstream file(RS_SOURCE_DIR "/man/rsctl.1");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(CliContract, TheManualNamesEveryVerbItsOptionsAndEveryVariable) {
  const auto text = manual();
  ASSERT_FALSE(text.empty());
  for (const auto& verb : cli::verbs()) {
    EXPECT_NE(text.find(".It Cm " + std::string(verb.words)), std::string::npos) << verb.words;
    for (const auto& option : verb.options)
      EXPECT_NE(text.find("Fl " + std::string(option.name.substr(1))), std::string::npos) << option.name;
  }
  for (const auto& option : cli::global_options()) EXPECT_NE(text.find(option.name.substr(1)), std::string::npos) << option.name;
  for (const auto& variable : cli::variables()) EXPECT_NE(text.find(variable.name), std::string::npos) << variable.name;
}

TEST(CliContract, HelpAndCompletionKnowEveryVerb) {
  const auto overview = cli::help_overview();
  for (const auto& verb : cli::verbs()) {
    EXPECT_NE(overview.find(verb.words), std::string::npos) << verb.words;
    EXPECT_NE(cli::help_on(verb).find("rsctl " + std::string(verb.words)), std::string::npos);
  }
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = cli::completion_script(shell).value();
    for (const auto& verb : cli::verbs()) {
      for (const auto& word : cli::split_list(verb.words, ' '))
        EXPECT_NE(script.find(word), std::string::npos) << shell << " " << word;
    }
  }
  EXPECT_EQ(cli::completion_script("csh").error().code, Errc::usage);
}

} // namespace
