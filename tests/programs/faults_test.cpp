#include "lab.hpp"

#include <thread>

namespace rs::test {
namespace {

class ProgramsFaults : public Lab {
 protected:
  // A remote command that waits for the end of stdin, and would then leave a mark: which must never happen here.
  Started start_waiting_call() {
    ::mkfifo(path("stdin").c_str(), 0600);
    const auto command = "echo $$ > " + path("pid") + "; cat > /dev/null; touch " + path("mark");
    auto all = environment();
    Started call{Child({kBin + "rsctl", "exec", "box", "-o", "json", "--", "sh", "-c", command}, all, path("call.out"),
                       path("call.err"), path("stdin")),
                 path("call.out"), path("call.err")};
    EXPECT_TRUE(eventually([&] { return !contents(path("pid")).empty(); }));
    return call;
  }
  bool remote_runs() { return ::kill(std::stoi(contents(path("pid"))), 0) == 0; }
};

TEST_F(ProgramsFaults, RelayKilledInMidCallIsConnectionLostAndTheAgentComesBack) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  auto call = start_waiting_call();
  relay_->signal(SIGKILL);
  relay_->wait();
  EXPECT_EQ(call.child.wait(), 125);
  EXPECT_EQ(field(contents(call.err), "code"), "connection-lost") << contents(call.err);
  EXPECT_TRUE(eventually([&] { return !remote_runs(); }));
  EXPECT_FALSE(std::filesystem::exists(path("mark")));
  ASSERT_NO_FATAL_FAILURE(start_relay());
  EXPECT_TRUE(eventually([&] { return is_online("box"); }, Seconds(40)));
  EXPECT_EQ(rsctl({"exec", "box", "--", "true"}).exit_code, 0);
  EXPECT_EQ(rsctl({"audit", "verify"}).exit_code, 0);
}

TEST_F(ProgramsFaults, AgentKilledInMidCallIsConnectionLost) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  auto call = start_waiting_call();
  agent("box").signal(SIGKILL);
  EXPECT_TRUE(eventually([&] { return !remote_runs(); }));
  EXPECT_FALSE(std::filesystem::exists(path("mark"))); // its stdin did not end
  EXPECT_EQ(call.child.wait(), 125);
  EXPECT_EQ(field(contents(call.err), "code"), "connection-lost") << contents(call.err);
  EXPECT_EQ(field(rsctl({"exec", "box", "-o", "json", "--", "true"}).err, "code"), "agent-offline");
  forget_agent("box");
  ASSERT_NO_FATAL_FAILURE(start_agent("box"));
  EXPECT_EQ(rsctl({"exec", "box", "--", "true"}).exit_code, 0);
}

TEST_F(ProgramsFaults, TechnicianKilledInMidCallEndsTheRemoteGroup) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  auto call = start_waiting_call();
  call.child.signal(SIGKILL);
  call.child.wait();
  EXPECT_TRUE(eventually([&] { return !remote_runs(); }));
  EXPECT_FALSE(std::filesystem::exists(path("mark")));
}

TEST_F(ProgramsFaults, RelayStopsCleanlyAndTheAgentReturnsToItsSuccessor) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  relay_->signal(SIGTERM);
  EXPECT_EQ(relay_->wait(), 0);
  EXPECT_EQ(rsctl({"agents", "list"}).exit_code, 30);
  EXPECT_EQ(rsctl({"exec", "box", "--", "true"}).exit_code, 125);
  ASSERT_NO_FATAL_FAILURE(start_relay());
  EXPECT_EQ(rsctl({"wait", "box", "--for", "online", "--timeout", "40s"}).exit_code, 0);
}

TEST_F(ProgramsFaults, ReplacedTlsCertificateOrphansNobody) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  const auto make =
      run("relayd", {"init", "--data", path("other"), "--self-signed", "localhost", "--org-root-out", path("other.jwk")});
  ASSERT_EQ(make.exit_code, 0) << make.err;
  for (const auto* file : {"/tls.crt", "/tls.key"})
    std::filesystem::copy_file(path("other") + file, path("relay") + file, std::filesystem::copy_options::overwrite_existing);
  relay_->signal(SIGHUP);
  ASSERT_TRUE(eventually([&] { return contents(path("relayd.log")).find("tls-reloaded") != std::string::npos; }));
  EXPECT_EQ(rsctl({"exec", "box", "--", "true"}).exit_code, 0); // the agent's old link lives on
  relay_->signal(SIGTERM);
  EXPECT_EQ(relay_->wait(), 0);
  ASSERT_NO_FATAL_FAILURE(start_relay());
  EXPECT_EQ(rsctl({"wait", "box", "--for", "online", "--timeout", "40s"}).exit_code, 0);
  EXPECT_EQ(rsctl({"exec", "box", "--", "true"}).exit_code, 0);
}

TEST_F(ProgramsFaults, AnotherRelayOnTheSameAddressIsServerIdentity) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  relay_->signal(SIGTERM);
  relay_->wait();
  std::filesystem::rename(path("relay"), path("relay-before"));
  std::filesystem::rename(path("org-root.jwk"), path("org-root-before.jwk"));
  const auto pinned = relay_fingerprint;
  ASSERT_NO_FATAL_FAILURE(init_relay());
  ASSERT_NO_FATAL_FAILURE(start_relay());
  ASSERT_NE(relay_fingerprint, pinned);
  const auto refused = rsctl({"agents", "list", "--json"});
  EXPECT_EQ(refused.exit_code, 31) << refused.err;
  EXPECT_EQ(field(refused.err, "code"), "server-identity");
  relay_fingerprint = pinned;
  EXPECT_EQ(login().exit_code, 31);
}

TEST_F(ProgramsFaults, UnknownCertificateWithoutAPinIsServerIdentity) {
  ASSERT_NO_FATAL_FAILURE(init_relay({"--self-signed", "elsewhere.example"})); // another name, and nobody vouches for it
  ASSERT_NO_FATAL_FAILURE(start_relay());
  const auto refused = rsctl({"-s", server, "login", "--email", kEmail, "--password-stdin", "--no-input"}, kPassword + "\n");
  EXPECT_EQ(refused.exit_code, 31) << refused.err;
  EXPECT_NE(refused.err.find("--fingerprint"), std::string::npos) << refused.err;
  EXPECT_EQ(login().exit_code, 0); // with the pin the name does not matter
}

TEST_F(ProgramsFaults, WrongPasswordAndUnknownAddressAreOneAnswer) {
  ASSERT_NO_FATAL_FAILURE(init_relay());
  ASSERT_NO_FATAL_FAILURE(start_relay());
  const auto attempt = [&](const std::string& email) {
    return rsctl({"-s", server, "--json", "login", "--email", email, "--password-stdin", "--fingerprint", relay_fingerprint},
                 "not-the-password-1\n");
  };
  const auto wrong = attempt(kEmail);
  const auto unknown = attempt("nobody@lab.example");
  EXPECT_EQ(wrong.exit_code, 4);
  EXPECT_EQ(unknown.exit_code, 4);
  EXPECT_EQ(field(wrong.err, "message"), field(unknown.err, "message"));
  EXPECT_EQ(rsctl({"agents", "list"}).exit_code, 4);
}

TEST_F(ProgramsFaults, TheCopyOfAnAgentIsRefusedAndReported) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  agent("box").signal(SIGTERM);
  ASSERT_EQ(agent("box").wait(), 0);
  forget_agent("box");
  std::filesystem::copy(path("box"), path("copy"), std::filesystem::copy_options::recursive);
  std::filesystem::copy_file(path("box.yaml"), path("copy.yaml"));
  ASSERT_NO_FATAL_FAILURE(start_agent("box")); // moves the instance on
  auto arguments = agent_arguments("copy");
  arguments.push_back("run");
  auto copy = start("agentd", arguments);
  EXPECT_TRUE(eventually([&] { return contents(path("relayd.log")).find("clone-refused") != std::string::npos; }));
  EXPECT_TRUE(eventually([&] {
    return rsctl({"audit", "list", "--action", "agent.clone-refused", "--json"}).out.find("clone-refused") != std::string::npos;
  }));
  EXPECT_EQ(rsctl({"exec", "box", "--", "true"}).exit_code, 0); // the original keeps its place
}

TEST_F(ProgramsFaults, SlowReaderKeepsTheRelaysMemoryFlat) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  const auto resident = [&] {
    std::ifstream file("/proc/" + std::to_string(relay_->pid()) + "/statm");
    long total = 0, pages = 0;
    file >> total >> pages;
    return pages * 4; // KiB
  };
  ::mkfifo(path("slow").c_str(), 0600);
  const auto before = resident();
  Child call({kBin + "rsctl", "exec", "box", "--no-stdin", "--", "head", "-c", "200000000", "/dev/zero"}, environment(),
             path("slow"), path("slow.err"));
  const int reader = ::open(path("slow").c_str(), O_RDONLY);
  ASSERT_GE(reader, 0);
  char byte = 0;
  ASSERT_EQ(::read(reader, &byte, 1), 1); // it flows, and then nobody reads
  ::poll(nullptr, 0, 1500);
  EXPECT_LT(resident() - before, 24 << 10) << "KiB";
  EXPECT_EQ(rsctl({"exec", "box", "--", "true"}).exit_code, 0); // and nobody else waits
  ::close(reader);
}

TEST_F(ProgramsFaults, UserOfTheMachineEndsBlocksAndRevokes) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  auto call = start_waiting_call();
  const auto verb = [&](std::vector<std::string> words) {
    auto arguments = agent_arguments("box");
    arguments.insert(arguments.end(), words.begin(), words.end());
    return run("agentd", arguments);
  };
  EXPECT_NE(verb({"status", "--json"}).out.find("exec.run"), std::string::npos);
  EXPECT_EQ(verb({"end", "--all"}).exit_code, 0);
  EXPECT_EQ(call.child.wait(), 125);
  EXPECT_EQ(field(contents(call.err), "code"), "ended-by-customer") << contents(call.err);
  EXPECT_FALSE(std::filesystem::exists(path("mark")));
  EXPECT_EQ(verb({"block"}).exit_code, 0);
  EXPECT_EQ(field(rsctl({"exec", "box", "-o", "json", "--", "true"}).err, "code"), "consent-revoked");
  EXPECT_EQ(verb({"unblock"}).exit_code, 0);
  EXPECT_EQ(rsctl({"exec", "box", "--", "true"}).exit_code, 0);
  EXPECT_EQ(verb({"revoke", kEmail}).exit_code, 0);
  EXPECT_EQ(field(rsctl({"exec", "box", "-o", "json", "--", "true"}).err, "code"), "consent-revoked");
}

TEST_F(ProgramsFaults, PolicyOfTheMachineForbidsWhateverTheRelaySays) {
  ASSERT_NO_FATAL_FAILURE(init_relay());
  ASSERT_NO_FATAL_FAILURE(start_relay());
  ASSERT_EQ(login().exit_code, 0);
  ASSERT_NO_FATAL_FAILURE(enroll("box"));
  write("box.yaml", "allow: [exec]\ndeny: [exec]\n");
  ASSERT_NO_FATAL_FAILURE(start_agent("box"));
  const auto refused = rsctl({"exec", "box", "-o", "json", "--", "true"});
  EXPECT_EQ(refused.exit_code, 125);
  EXPECT_EQ(field(refused.err, "code"), "forbidden") << refused.err;
  EXPECT_NE(refused.err.find("deny"), std::string::npos) << refused.err;
}

TEST_F(ProgramsFaults, CutAuditIsFound) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  ASSERT_EQ(rsctl({"audit", "verify"}).exit_code, 0);
  relay_->signal(SIGTERM);
  relay_->wait();
  // Somebody with the database removes the last record, triggers and all.
  const auto cut = "sqlite3 '" + path("relay/relay.sqlite") +
                   "' 'DROP TRIGGER audit_is_not_removed; DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)'";
  ASSERT_EQ(std::system(cut.c_str()), 0);
  ASSERT_NO_FATAL_FAILURE(start_relay());
  const auto found = rsctl({"audit", "verify", "--json"});
  EXPECT_EQ(found.exit_code, 32) << found.out << found.err;
  EXPECT_EQ(field(found.err, "code"), "integrity");
}

TEST_F(ProgramsFaults, InitTwiceIsConflictAndServeOfNothingIsNotFound) {
  ASSERT_NO_FATAL_FAILURE(init_relay());
  EXPECT_EQ(run("relayd", {"init", "--data", path("relay"), "--self-signed", "localhost"}).exit_code, 7);
  EXPECT_EQ(run("relayd", {"serve", "--data", path("nothing"), "--listen", "127.0.0.1:0"}).exit_code, 6);
  EXPECT_EQ(run("relayd", {"init", "--data", path("x")}).exit_code, 2);
  const auto inside = run(
      "relayd", {"init", "--data", "not-there-yet", "--self-signed", "localhost", "--org-root-out", "not-there-yet/root.jwk"});
  EXPECT_EQ(inside.exit_code, 2) << "the root's key went where relayd can read it";
  EXPECT_FALSE(std::filesystem::exists("not-there-yet"));
  EXPECT_FALSE(std::filesystem::exists(path("x")));
}

} // namespace
} // namespace rs::test
