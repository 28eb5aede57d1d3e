#include "lab.hpp"

namespace rs::test {
namespace {

class ProgramsExec : public Lab {};

TEST_F(ProgramsExec, ReturnsExitCodesSignalsAndLimits) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  EXPECT_EQ(rsctl({"exec", "box", "--", "true"}).exit_code, 0);
  EXPECT_EQ(rsctl({"exec", "box", "--", "sh", "-c", "exit 7"}).exit_code, 7);
  EXPECT_EQ(rsctl({"exec", "box", "--", "sh", "-c", "kill -9 $$"}).exit_code, 137);
  EXPECT_EQ(rsctl({"exec", "box", "--limit", "1s", "--", "sleep", "60"}).exit_code, 124);
  EXPECT_EQ(rsctl({"exec", "box", "--shell", "--", "exit", "9"}).exit_code, 9);
}

TEST_F(ProgramsExec, KeepsStreamsApartAndPassesAnyBytes) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  std::string input(300'000, '\0');
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<char>(i * 7);
  const auto echoed = rsctl({"exec", "box", "--", "sh", "-c", "cat; echo problem >&2"}, input);
  EXPECT_EQ(echoed.exit_code, 0);
  EXPECT_TRUE(echoed.out == input);
  EXPECT_EQ(echoed.err, "problem\n");
  EXPECT_EQ(rsctl({"exec", "box", "--", "printf", "%s", "a\xff\xfe z"}).out, "a\xff\xfe z");
}

TEST_F(ProgramsExec, HasACleanEnvironmentAndWhatIsAskedFor) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  const auto env = rsctl({"exec", "box", "--env", "COLOUR=blue", "--cwd", "/usr", "--", "sh", "-c", "env; pwd"});
  for (const auto* line : {"COLOUR=blue\n", "RS_AGENT_NAME=box\n", "RS_SESSION=s-",
                           "PATH=", "HOME=", "USER=", "LOGNAME=", "SHELL=", "LANG=", "/usr\n"})
    EXPECT_NE(env.out.find(line), std::string::npos) << line;
  EXPECT_EQ(env.out.find("RSCTL_CONFIG_DIR"), std::string::npos);
}

TEST_F(ProgramsExec, RunsAScriptFromAFileAndFromStdin) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  write("script", "#!/bin/sh\necho \"$1-$2\"; exit 4\n");
  const auto from_file = rsctl({"exec", "box", "--script", path("script"), "--", "one", "two"});
  EXPECT_EQ(from_file.exit_code, 4);
  EXPECT_EQ(from_file.out, "one-two\n");
  const auto from_stdin = rsctl({"exec", "box", "--script", "-"}, "echo from stdin\n");
  EXPECT_EQ(from_stdin.out, "from stdin\n");
}

TEST_F(ProgramsExec, OneJsonDocumentHoldsTheResult) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  const auto result = rsctl({"exec", "box", "-o", "json", "--", "sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(field(result.out, "schema"), "rsctl.exec.v1");
  EXPECT_EQ(field(result.out, "exit_code"), "3");
  EXPECT_EQ(field(result.out, "stdout"), "out\\n");
  EXPECT_EQ(field(result.out, "stderr"), "err\\n");
}

TEST_F(ProgramsExec, OwnFailuresAre125AndNamedInJson) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  struct Row {
    std::vector<std::string> arguments;
    const char* code;
  };
  write("agentd-deny.yaml", "");
  const Row rows[] = {
      {{"exec", "nobody", "-o", "json", "--", "true"}, "not-found"},
      {{"exec", "box", "-o", "json", "--", "/no/such/program"}, "not-found"},
      {{"exec", "box", "-o", "json", "--cwd", "/no/such/dir", "--", "true"}, "not-found"},
      {{"exec", "box", "-o", "json", "--timeout", "1s", "--", "sleep", "60"}, "timeout"},
  };
  for (const auto& row : rows) {
    const auto result = rsctl(row.arguments);
    EXPECT_EQ(result.exit_code, 125) << row.code << result.err;
    EXPECT_EQ(field(result.err, "code"), row.code) << result.err;
    EXPECT_EQ(field(result.err, "exit_code"), "125") << result.err;
  }
}

TEST_F(ProgramsExec, ADaemonThatInheritsTheOutputDoesNotHangTheCall) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  const auto result = run("rsctl", {"exec", "box", "--", "sh", "-c", "sleep 30 & echo started"}, {}, {}, Seconds(15));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "started\n");
}

TEST_F(ProgramsExec, CtrlCKillsTheWholeRemoteGroup) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  const auto pid_file = path("pids");
  auto call = start("rsctl", {"exec", "box", "--", "sh", "-c", "sleep 300 & echo $! > " + pid_file + "; wait"});
  ASSERT_TRUE(eventually([&] { return !contents(pid_file).empty(); }));
  const pid_t grandchild = std::stoi(contents(pid_file));
  call.child.signal(SIGINT);
  EXPECT_EQ(call.child.wait(), 130);
  EXPECT_TRUE(eventually([&] { return ::kill(grandchild, 0) != 0; })) << "the remote process still runs";
}

TEST_F(ProgramsExec, TwentyAtOnceOnOneProfileAllSucceed) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  std::vector<Started> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(start("rsctl", {"exec", "box", "--", "echo", "call-" + std::to_string(i)}));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(calls[i].child.wait(Seconds(60)), 0) << contents(calls[i].err);
    EXPECT_EQ(contents(calls[i].out), "call-" + std::to_string(i) + "\n");
  }
  EXPECT_EQ(rsctl({"auth", "status"}).exit_code, 0);
}

// examples/ci-pipeline.sh as a pipeline would run it: a fresh profile, secrets in files and environment.
TEST_F(ProgramsExec, TheExamplePipelineReportsWhatTheTestsSaid) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  write("password", kPassword + "\n");
  write("passing", "#!/bin/sh\necho all good\n");
  write("failing", "#!/bin/sh\nexit 3\n");
  const auto pipeline = [&](const std::string& tests) {
    const auto command = "cd '" + dir.string() + "' && PATH='" + kBin + "':$PATH RSCTL_CONFIG_DIR='" + path("pipeline") +
                         "' RSCTL_SERVER='" + server + "' RSCTL_FINGERPRINT=" + relay_fingerprint +
                         " RSCTL_ORG_FINGERPRINT=" + org_fingerprint + " CI_EMAIL=" + kEmail +
                         " CI_PASSWORD_FILE=password sh " RS_SOURCE_DIR "/examples/ci-pipeline.sh box " + tests +
                         " > said 2> pipeline.log";
    return WEXITSTATUS(std::system(command.c_str()));
  };
  EXPECT_EQ(pipeline("passing"), 0);
  EXPECT_EQ(contents(path("said")), "passed\n");
  EXPECT_NE(contents(path("result.json")).find("all good"), std::string::npos);
  EXPECT_EQ(pipeline("failing"), 3);
  EXPECT_EQ(field(contents(path("audit.json")), "verified"), "true");
}

} // namespace
} // namespace rs::test
