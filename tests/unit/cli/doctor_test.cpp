#include "cli/doctor/judge.hpp"

#include "fake_relay.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>

namespace {

using namespace rs;
using cli::doctor::HopState;

const WallTime kDate = from_rfc3339("2026-11-24T08:30:00Z").value();
constexpr const char* kHeader = "Tue, 24 Nov 2026 08:30:00 GMT";

TEST(CliDoctor, AClockMayBeOffByFiveMinutes) {
  using std::chrono::seconds;
  const std::pair<seconds, HopState> rows[] = {{seconds(0), HopState::ok},       {seconds(-30), HopState::ok},
                                               {seconds(61), HopState::warning}, {seconds(-300), HopState::warning},
                                               {seconds(301), HopState::failed}, {seconds(-4000), HopState::failed}};
  for (const auto& [ahead, state] : rows)
    EXPECT_EQ(cli::doctor::judge_clock(kDate + ahead, kHeader).state, state) << ahead.count();
  const auto far = cli::doctor::judge_clock(kDate + seconds(600), kHeader);
  EXPECT_EQ(far.code, Errc::clock_skew);
  EXPECT_NE(far.detail.find("10m ahead of"), std::string::npos) << far.detail;
  EXPECT_EQ(cli::doctor::judge_clock(kDate, "").state, HopState::skipped);
}

TEST(CliDoctor, AKeyThatTheRelayDoesNotNameSmellsOfAProxy) {
  using Keys = Result<std::vector<Bytes>>;
  net::ServerIdentity server;
  server.issuer = "CN=Example Inspection CA";
  server.chain_error = "unable to get local issuer certificate";
  server.spki_sha256.fill(0xab);
  const Bytes seen(32, 0xab), other(32, 0xcd);
  const auto foreign = cli::doctor::judge_certificate(server, Keys(std::vector<Bytes>{other}));
  EXPECT_EQ(foreign.code, Errc::server_identity);
  for (const auto& part : {std::string("Example Inspection CA"), std::string("proxy that opens TLS"), hex(seen), hex(other)})
    EXPECT_NE(foreign.detail.find(part), std::string::npos) << part;
  const auto own = cli::doctor::judge_certificate(server, Keys(std::vector<Bytes>{other, seen}));
  EXPECT_EQ(own.state, HopState::ok);
  EXPECT_NE(own.detail.find(hex(other) + ", " + hex(seen)), std::string::npos) << own.detail;
  EXPECT_EQ(cli::doctor::judge_certificate(server, std::nullopt).state, HopState::warning);
  EXPECT_EQ(cli::doctor::judge_certificate(server, Keys(fail(Errc::expired, ""))).state, HopState::skipped);
  server.chain_ok = true;
  EXPECT_EQ(cli::doctor::judge_certificate(server, std::nullopt).state, HopState::ok);
}

struct CliDoctorVerb : test::CliFixture {
  // "state hop" of each line.
  std::vector<std::string> hops() const {
    std::vector<std::string> out;
    for (const auto& line : cli::split_list(terminal.out, '\n')) {
      const auto node = describe::parse_json(line).value();
      out.push_back(*node.find("state")->get_if<std::string>() + " " + *node.find("hop")->get_if<std::string>());
    }
    return out;
  }
  using Hops = std::vector<std::string>;
};

TEST_F(CliDoctorVerb, WhoHasNotSignedInLearnsWhatTheRelaySaysItIs) {
  EXPECT_EQ(rsctl({"doctor", "-o", "ndjson", "-s", relay.url()}), 4);
  EXPECT_EQ(hops(), (Hops{"ok config", "skipped keys", "ok proxy", "ok dns", "ok tcp", "ok tls", "ok http", "skipped clock",
                          "warning relay", "warning certificate", "failed sign-in", "skipped link"}));
  EXPECT_NE(terminal.out.find(relay_print()), std::string::npos);
}

TEST_F(CliDoctorVerb, ADeadPortEndsOnlyWhatNeedsIt) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  EXPECT_EQ(rsctl({"doctor", "box", "-o", "ndjson", "-s", "https://127.0.0.1:1"}), 30);
  EXPECT_EQ(hops(), (Hops{"ok config", "ok keys", "ok proxy", "ok dns", "failed tcp", "skipped tls", "skipped http",
                          "skipped clock", "skipped relay", "skipped certificate", "skipped sign-in", "skipped link",
                          "skipped agent", "skipped online", "skipped session"}));
}

TEST_F(CliDoctorVerb, AProxyThatIsNoneFailsAtItsOwnHop) {
  more_environment["HTTPS_PROXY"] = "rubbish:secret";
  EXPECT_EQ(rsctl({"doctor", "-o", "ndjson", "-s", relay.url()}), 2);
  EXPECT_EQ(hops(),
            (Hops{"ok config", "skipped keys", "failed proxy", "skipped dns", "skipped tcp", "skipped tls", "skipped http",
                  "skipped clock", "skipped relay", "skipped certificate", "failed sign-in", "skipped link"}));
  EXPECT_EQ(terminal.out.find("secret"), std::string::npos);
}

TEST_F(CliDoctorVerb, ItsTimeIsForAllHopsTogether) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  clock.step = std::chrono::minutes(2); // at each look
  EXPECT_EQ(rsctl({"doctor", "-o", "ndjson", "--timeout", "1m"}), 8);
  EXPECT_EQ(relay.seen().back(), "POST /v1/login") << "no time is left to ask anything";
}

TEST_F(CliDoctorVerb, AnInterruptionStillShowsWhatWasFound) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  relay.withholds = [](const std::string& line) { return line == "GET /v1/org" && std::raise(SIGINT) == 0; };
  EXPECT_EQ(rsctl({"doctor", "-o", "ndjson"}), 130) << terminal.out;
  const auto seen = hops();
  EXPECT_EQ(seen.front(), "ok config");
  EXPECT_EQ(seen.back(), "ok certificate");
}

TEST_F(CliDoctorVerb, AnotherRelayThanThePinnedGetsNoSignature) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  const auto stranger = crypto::Ed25519Key::generate(tenant.random);
  relay.statement = tenant.sign_relay_statement(stranger, 9);
  const auto before = relay.seen().size();
  EXPECT_EQ(rsctl({"doctor", "-o", "ndjson"}), 31);
  const auto seen = hops();
  EXPECT_NE(std::ranges::find(seen, "failed relay"), seen.end()) << terminal.out;
  EXPECT_NE(std::ranges::find(seen, "skipped sign-in"), seen.end());
  EXPECT_EQ(relay.seen().size(), before + 1) << "only the statement was asked for";
}

TEST_F(CliDoctorVerb, AKeyFileThatOthersCanReadIsAWarning) {
  ASSERT_EQ(login({"--fingerprint", relay_print()}), 0);
  const auto file = scratch.path("profiles/default/device.json");
  EXPECT_EQ(cli::doctor::judge_key_files(scratch.path("profiles/default")).state, HopState::ok);
  std::filesystem::permissions(file, std::filesystem::perms::group_read, std::filesystem::perm_options::add);
  const auto open = cli::doctor::judge_key_files(scratch.path("profiles/default"));
  EXPECT_EQ(open.state, HopState::warning);
  EXPECT_NE(open.detail.find("device.json"), std::string::npos);
}

} // namespace
