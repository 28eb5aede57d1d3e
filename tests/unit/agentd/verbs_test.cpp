#include "agentd/verbs.hpp"
#include "agentd/audit_file.hpp"
#include "agentd/control_service.hpp"
#include "fake_relay.hpp"

#include <thread>

namespace {

using namespace rs;
using namespace rs::agent;
using test::kNow;

struct VerbsOfAgent : testing::Test {
  int run(std::vector<std::string> args) {
    args.insert(args.end(), {"--state-dir", dir.path(), "--config", temp / "agentd.yaml"});
    const auto options = parse_options(args).value();
    Printer printer(options.json, [this](std::string_view text) { out += text; }, [this](std::string_view text) { err += text; });
    return run_verb(options,
                    {clock, crypto::system_random(), [](std::string_view) { return std::nullopt; },
                     [] { return Result<std::string>("rse1.x"); }},
                    printer);
  }
  void enrol() { dir.save_state(test::enrolled_state(tenant)).value(); }

  test::FixedClock clock;
  test::Tenant tenant;
  test::TempDir temp;
  StateDir dir = StateDir::open(temp / "state").value();
  std::string out, err;
};

TEST_F(VerbsOfAgent, BlockAndUnblockWorkWithoutADaemon) {
  enrol();
  EXPECT_EQ(run({"block", "--json"}), 0);
  EXPECT_TRUE(*dir.load_taken_back().value().blocked);
  EXPECT_NE(out.find("\"schema\": \"agentd.block.v1\""), std::string::npos) << out;
  EXPECT_EQ(run({"unblock"}), 0);
  EXPECT_FALSE(*dir.load_taken_back().value().blocked);
  EXPECT_EQ(AuditFile::verify(dir.audit_file()).value().seq, 2u);
}

TEST_F(VerbsOfAgent, StatusAndEndNeedADaemon) {
  EXPECT_EQ(run({"status"}), 6);
  EXPECT_EQ(run({"end", "--all", "--json"}), 6);
  EXPECT_NE(err.find("agentd: not-found: no agentd runs with"), std::string::npos) << err;
  EXPECT_NE(err.find("{\"error\":{\"code\":\"not-found\""), std::string::npos) << err;
}

TEST_F(VerbsOfAgent, ASecondRunIsAConflict) {
  const auto lock = dir.lock();
  EXPECT_EQ(run({"run"}), 7);
  EXPECT_EQ(run({"block"}), 7);
}

TEST_F(VerbsOfAgent, RunOnAMachineThatIsNotEnrolledSaysWhatToDo) {
  EXPECT_EQ(run({"run"}), 6);
  EXPECT_NE(err.find("run 'agentd enroll'"), std::string::npos) << err;
}

TEST_F(VerbsOfAgent, EnrolRefusesABadNameABadTokenAndNone) {
  EXPECT_EQ(run({"enroll", "--token-stdin", "--name", "no/name"}), 2);
  EXPECT_EQ(run({"enroll", "--token-stdin"}), 2);
  EXPECT_EQ(run({"enroll"}), 2);
  EXPECT_NE(err.find("AGENTD_TOKEN"), std::string::npos);
  EXPECT_EQ(run({"enroll", "--token-file", temp / "none"}), 6);
}

TEST_F(VerbsOfAgent, AskTheDaemonThatRuns) {
  enrol();
  daemon::Reactor reactor;
  const auto app = App::open(reactor, clock, tenant.random, {.state_dir = dir, .config_file = temp / "agentd.yaml"}).value();
  const auto control = serve_control(reactor, dir.socket(), *app).value();
  std::thread daemon([&] { reactor.run(); });
  const int status = run({"status", "--json"});
  const int blocked = run({"block", "--until", "2027-02-01T00:00:00Z"});
  const int ended = run({"end", "s-abcdefghijklmnopqrst"});
  reactor.stop();
  daemon.join();
  EXPECT_EQ(status, 0) << err;
  EXPECT_NE(out.find("\"name\": \"box\""), std::string::npos) << out;
  EXPECT_EQ(blocked, 0) << err;
  EXPECT_EQ(ended, 6);
  EXPECT_TRUE(app->status().blocked);
}

} // namespace
