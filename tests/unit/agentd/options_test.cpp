#include "agentd/options.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::agent;

TEST(AgentOptions, GlobalFlagsStandBeforeOrBehindTheVerb) {
  for (const auto& args : std::vector<std::vector<std::string>>{{"--json", "--state-dir", "/s", "status"},
                                                                {"status", "--json", "--state-dir", "/s"}}) {
    const auto options = parse_options(args).value();
    EXPECT_EQ(options.verb, Verb::control);
    EXPECT_EQ(options.request.verb, ControlVerb::status);
    EXPECT_TRUE(options.json);
    EXPECT_EQ(options.state_dir, "/s");
  }
}

TEST(AgentOptions, EveryVerbFillsItsRequest) {
  const std::string id = "s-abcdefghijklmnopqrst";
  EXPECT_EQ(parse_options({"end", id}).value().request.session->text(), id);
  EXPECT_FALSE(parse_options({"end", "--all"}).value().request.session);
  EXPECT_EQ(parse_options({"revoke", "ada@acme.example"}).value().request.technician, "ada@acme.example");
  EXPECT_EQ(to_rfc3339(*parse_options({"block", "--until", "2027-01-01T00:00:00Z"}).value().request.until),
            "2027-01-01T00:00:00.000Z");
  EXPECT_EQ(parse_options({"unblock"}).value().request.verb, ControlVerb::unblock);
  const auto run = parse_options({"run", "--ready-fd", "5", "--enroll-token-file", "/t"}).value();
  EXPECT_EQ(run.verb, Verb::run);
  EXPECT_EQ(run.ready_fd, 5);
  EXPECT_EQ(run.token_file, "/t");
  EXPECT_TRUE(parse_options({"enroll", "--token-stdin", "--name", "box"}).value().token_stdin);
}

TEST(AgentOptions, WhatIsWrongIsUsage) {
  const std::vector<std::vector<std::string>> wrong = {{},
                                                       {"fly"},
                                                       {"end"},
                                                       {"revoke"},
                                                       {"end", "s-1"},
                                                       {"end", "s-abcdefghijklmnopqrst", "--all"},
                                                       {"block", "--until", "soon"},
                                                       {"status", "extra"},
                                                       {"run", "--ready-fd", "x"},
                                                       {"enroll", "--token-stdin", "--token-file", "f"},
                                                       {"status", "--log-level", "loud"}};
  for (const auto& args : wrong) {
    const auto options = parse_options(args);
    ASSERT_FALSE(options) << (args.empty() ? "" : args[0]);
    EXPECT_EQ(options.error().code, Errc::usage);
    EXPECT_EQ(options.error().message.find('\n'), std::string::npos);
  }
}

TEST(AgentOptions, HelpNamesTheVerbsThatExist) {
  const auto help = parse_options({"--help"}).value();
  EXPECT_EQ(help.verb, Verb::help);
  for (const auto* verb : {"run", "enroll", "status", "end", "block", "unblock", "revoke"})
    EXPECT_NE(help.help.find(verb), std::string::npos);
  EXPECT_EQ(help.help.find("run-as"), std::string::npos);
  EXPECT_NE(parse_options({"block", "--help"}).value().help.find("--until"), std::string::npos);
}

TEST(AgentOptions, VersionNeedsNoVerb) { EXPECT_EQ(parse_options({"--version", "--json"}).value().verb, Verb::version); }

} // namespace
