#include "cli/options.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using cli::find_verb;
using Words = std::vector<std::string>;

std::string verb_of(const Words& words) {
  const auto found = find_verb(words);
  return found.verb == nullptr ? "" : std::string(found.verb->words);
}

TEST(Verbs, AreFoundWhereverTheGlobalOptionsStand) {
  for (const Words& line :
       {Words{"agents", "list"}, Words{"-o", "json", "agents", "list"}, Words{"agents", "--server", "https://h", "list"},
        Words{"agents", "list", "-s", "https://h"}, Words{"--json", "agents", "-P", "list", "list"}})
    EXPECT_EQ(verb_of(line), "agents list");
}

TEST(Verbs, AnOptionsValueIsNoWord) {
  EXPECT_EQ(verb_of({"--profile", "login", "whoami"}), "whoami");
  EXPECT_EQ(verb_of({"--profile=login", "whoami"}), "whoami");
}

TEST(Verbs, NothingAfterTheDashesIsParsed) {
  const auto found = find_verb(Words{"exec", "box", "--", "--version", "-o", "json", "--", "--timeout"});
  const auto arguments = cli::parse_options(found).value();
  EXPECT_EQ(*arguments.command, (Words{"--version", "-o", "json", "--", "--timeout"}));
  EXPECT_EQ(arguments.positionals, Words{"box"});
  EXPECT_FALSE(arguments.has("--version"));
  EXPECT_FALSE(found.output);
}

TEST(Verbs, AVerbAfterTheDashesIsNone) { EXPECT_EQ(verb_of({"--", "login"}), ""); }

TEST(Verbs, AnUnfinishedOrUnknownCommandHasNone) {
  EXPECT_EQ(verb_of({"agents"}), "");
  EXPECT_EQ(verb_of({"agents", "jump"}), "");
  EXPECT_EQ(verb_of({"fly"}), "");
  EXPECT_EQ(verb_of({}), "");
}

TEST(Verbs, TheOutputFormatIsKnownEvenOfALineThatDoesNotParse) {
  EXPECT_EQ(find_verb(Words{"whoami", "--nonsense", "--json"}).output, "json");
  EXPECT_EQ(find_verb(Words{"-o", "yaml", "fly"}).output, "yaml");
}

Result<cli::Arguments> parse(const Words& words) { return cli::parse_options(find_verb(words)); }

TEST(CliOptions, AreThoseOfTheChosenVerbAlone) {
  EXPECT_TRUE(parse({"exec", "box", "--cwd", "/tmp", "--", "ls"}));
  EXPECT_EQ(parse({"whoami", "--cwd", "/tmp"}).error().code, Errc::usage);
}

TEST(CliOptions, KeepTheirValuesByteForByte) {
  const auto arguments = parse({"exec", "--env", "A=[x,y]", "--env=B=\xff", "box", "--script", "-", "--env", "C="}).value();
  EXPECT_EQ(arguments.values("--env"), (Words{"A=[x,y]", "B=\xff", "C="}));
  EXPECT_EQ(arguments.value("--script"), "-");
  EXPECT_EQ(arguments.positionals, Words{"box"});
}

TEST(CliOptions, WrongLinesAreUsage) {
  for (const Words& line :
       {Words{"exec"}, Words{"exec", "a", "b", "--", "ls"}, Words{"exec", "a", "-l", "x=y", "--", "ls"}, Words{"whoami", "a"},
        Words{"whoami", "--", "a"}, Words{"whoami", "--timeout"}, Words{"agents", "show"}})
    EXPECT_EQ(parse(line).error().code, Errc::usage) << testing::PrintToString(line);
}

TEST(CliOptions, DurationsAndCountsNameTheirOption) {
  const auto arguments = parse({"enroll-token", "create", "--ttl", "soon", "--uses", "0"}).value();
  EXPECT_EQ(arguments.duration("--ttl").error().code, Errc::usage);
  EXPECT_NE(arguments.duration("--ttl").error().message.find("--ttl"), std::string::npos);
  EXPECT_EQ(arguments.count("--uses").error().code, Errc::usage);
  EXPECT_FALSE(arguments.duration("--timeout").value());
}

} // namespace
