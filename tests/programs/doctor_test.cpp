#include "lab.hpp"

namespace rs::test {
namespace {

class ProgramsDoctor : public Lab {
 protected:
  // "hop=state …" of what it printed.
  static std::string hops(const Finished& result) {
    std::string out, line;
    std::istringstream lines(result.out);
    while (std::getline(lines, line)) out += (out.empty() ? "" : " ") + field(line, "hop") + "=" + field(line, "state");
    return out;
  }
  Finished doctor(std::vector<std::string> more = {}, Environment environment = {}) {
    more.insert(more.begin(), {"doctor", "-o", "ndjson"});
    return rsctl(more, {}, std::move(environment));
  }
};

constexpr const char* kAllWell =
    "config=ok keys=ok proxy=ok dns=ok tcp=ok tls=ok http=ok clock=ok relay=ok certificate=ok "
    "sign-in=ok link=ok";

TEST_F(ProgramsDoctor, AllIsWellUpToTheAgentItself) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  const auto here = doctor();
  EXPECT_EQ(here.exit_code, 0) << here.out << here.err;
  EXPECT_EQ(hops(here), kAllWell);
  EXPECT_NE(here.out.find("TLSv1.3"), std::string::npos);
  const auto there = doctor({"box"});
  EXPECT_EQ(there.exit_code, 0) << there.out << there.err;
  EXPECT_EQ(hops(there), std::string(kAllWell) + " agent=ok online=ok session=ok");
}

TEST_F(ProgramsDoctor, AnOfflineAgentIs33AndAnUnknownOne6) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  forget_agent("box");
  ASSERT_TRUE(eventually([&] { return !is_online("box"); }));
  const auto offline = doctor({"box"});
  EXPECT_EQ(offline.exit_code, 33) << offline.out;
  EXPECT_EQ(hops(offline), std::string(kAllWell) + " agent=ok online=failed session=skipped");
  const auto unknown = doctor({"nobody"});
  EXPECT_EQ(unknown.exit_code, 6) << unknown.out;
  EXPECT_EQ(hops(unknown), std::string(kAllWell) + " agent=failed online=skipped session=skipped");
}

TEST_F(ProgramsDoctor, ADeadPortAWrongProxyAndAWrongNameAre30AtTheirHop) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  const auto dead = doctor({"-s", "https://localhost:1"});
  EXPECT_EQ(dead.exit_code, 30);
  EXPECT_NE(hops(dead).find("dns=ok tcp=failed tls=skipped"), std::string::npos) << hops(dead);
  const auto proxy = doctor({}, {{"HTTPS_PROXY", "http://secret:word@127.0.0.1:1"}});
  EXPECT_EQ(proxy.exit_code, 30);
  EXPECT_NE(hops(proxy).find("proxy=ok dns=ok tcp=failed"), std::string::npos) << hops(proxy);
  EXPECT_NE(proxy.out.find("HTTPS_PROXY"), std::string::npos);
  EXPECT_EQ(proxy.out.find("word"), std::string::npos) << "a proxy's password is nobody's business";
  const auto other = doctor({}, {{"HTTPS_PROXY", "http://127.0.0.1:" + port}}); // speaks TLS, not CONNECT
  EXPECT_EQ(other.exit_code, 30);
  EXPECT_NE(hops(other).find("tcp=ok proxy=failed tls=skipped"), std::string::npos) << hops(other);
}

TEST_F(ProgramsDoctor, AWrongPinIs31AndNothingIsSignedForIt) {
  ASSERT_NO_FATAL_FAILURE(init_relay());
  ASSERT_NO_FATAL_FAILURE(start_relay());
  const auto wrong = doctor({"-s", server}, {{"RSCTL_FINGERPRINT", std::string(64, 'a')}});
  EXPECT_EQ(wrong.exit_code, 31) << wrong.out;
  EXPECT_NE(hops(wrong).find("http=ok clock=ok relay=failed certificate=skipped sign-in=failed link=skipped"), std::string::npos)
      << hops(wrong);
  const auto none = doctor({"-s", server});
  EXPECT_EQ(none.exit_code, 4);
  EXPECT_NE(none.out.find(relay_fingerprint), std::string::npos) << "it says who the relay says it is";
}

} // namespace
} // namespace rs::test
