#include "unit/agentd/exec_fixture.hpp"

#include "agentd/services/run_as.hpp"
#include "agentd/services/script_file.hpp"

#include <fstream>

namespace {

using namespace rs;
using namespace rs::test;

class ExecScript : public ExecTest {
 protected:
  static ExecParams script(std::string contents, std::vector<OsString> arguments = {}) {
    auto params = command(std::move(arguments));
    params.script = std::move(contents);
    return params;
  }
  std::size_t files_left() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory_), {}));
  }
};

TEST_F(ExecScript, IsRunByShWithItsArguments) {
  run_to_result(script("echo \"$# $1 $2\"", {"one", "two words"}));
  EXPECT_EQ(out(), "2 one two words\n");
}

TEST_F(ExecScript, IsRunByItsFirstLine) {
  run_to_result(script("#!/usr/bin/awk -f\nBEGIN { print ARGV[1] + 1 }\n", {"41"}));
  EXPECT_EQ(out(), "42\n");
}

TEST_F(ExecScript, IsPrivateWhileItRunsAndRemovedAfterwards) {
  run_to_result(script("stat -c %a \"$0\" \"$(dirname \"$0\")\""));
  EXPECT_EQ(out(), "700\n700\n");
  EXPECT_EQ(files_left(), 0u);
}

TEST_F(ExecScript, IsRemovedWhereTheConnectionIsLost) {
  ASSERT_FALSE(start(script("echo up; sleep 50")));
  port_.on_sent = [&] { stop_ = true; };
  EXPECT_TRUE(run());
  EXPECT_EQ(files_left(), 1u);
  handler_->on_lost(fail(Errc::connection_lost, "cut"));
  handler_.reset();
  EXPECT_EQ(files_left(), 0u);
}

TEST_F(ExecScript, KeepsEveryByte) {
  run_to_result(script("printf '\xff\\n'"));
  EXPECT_EQ(out(), "\xff\n");
}

TEST_F(ExecScript, AMissingInterpreterIsNamed) {
  const auto error = start(script("#!/no/such/interpreter -x\n"));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::not_found);
  EXPECT_NE(error->message.find("/no/such/interpreter"), std::string::npos);
  EXPECT_EQ(files_left(), 0u);
}

TEST(ScriptInterpreter, IsSplitAsTheKernelDoes) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"", {"/bin/sh"}},
      {"echo", {"/bin/sh"}},
      {"#!", {"/bin/sh"}},
      {"#!\n/bin/false", {"/bin/sh"}},
      {"#!/bin/bash", {"/bin/bash"}},
      {"#! /bin/bash \necho", {"/bin/bash"}},
      {"#!/bin/bash\r\necho", {"/bin/bash"}},
      {"#!/usr/bin/env -S a  b \t\nx", {"/usr/bin/env", "-S a  b"}},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(agent::interpreter_of(text), expected) << text;
}

class ExecUser : public ExecTest {
 protected:
  void SetUp() override {
    if (!agent::is_root()) GTEST_SKIP() << "changing the user needs root";
    // In place of agentd's hidden mode, which is another program's here: run_as_main is tested below.
    settings_.run_as = {"/bin/sh", "-c", "u=$1; shift 2; exec setpriv --reuid=$u --regid=nogroup --clear-groups \"$@\"",
                        "--run-as"};
    std::filesystem::permissions(
        directory_, std::filesystem::perms::owner_all | std::filesystem::perms::group_exec | std::filesystem::perms::others_exec);
  }
};

TEST_F(ExecUser, RunsAsTheOtherWithItsEnvironment) {
  auto params = shell("id -un; echo $USER $LOGNAME $HOME; pwd");
  params.user = "nobody";
  run_to_result(params);
  EXPECT_EQ(out(), "nobody\nnobody nobody /nonexistent\n/\n") << err();
}

TEST_F(ExecUser, TheScriptBelongsToTheOther) {
  auto params = command({});
  params.script = "stat -c %U \"$0\"; cat \"$0\" >/dev/null && echo readable";
  params.user = "nobody";
  run_to_result(params);
  EXPECT_EQ(out(), "nobody\nreadable\n") << err();
}

TEST_F(ExecUser, AMissingProgramIsStillNamed) {
  auto params = command({"no-such-program"});
  params.user = "nobody";
  EXPECT_EQ(start(params)->code, Errc::not_found);
}

TEST_F(ExecUser, TheHiddenModeGivesUpEveryRight) {
  const std::string check =
      "test \"$(id -un) $(id -G)\" = 'nobody 65534' && ! cat /etc/shadow 2>/dev/null && grep -q '^CapEff:\\s0*$' "
      "/proc/self/status";
  EXPECT_EXIT(std::exit(agent::run_as_main("nobody", {"/bin/sh", "-c", check})), testing::ExitedWithCode(0), "");
}

TEST_F(ExecUser, TheHiddenModeSaysWhyItCannot) {
  EXPECT_EXIT(std::exit(agent::run_as_main("no-such-user", {"/bin/true"})), testing::ExitedWithCode(126), "no-such-user");
  EXPECT_EXIT(std::exit(agent::run_as_main("nobody", {"/no/such/program"})), testing::ExitedWithCode(127), "/no/such/program");
}

} // namespace
