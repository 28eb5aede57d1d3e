#include "relayd/api/call_auth.hpp"

#include "crypto/hash.hpp"
#include "papers.hpp"
#include "wire/api.hpp"

namespace rs::relay::test {
namespace {

struct CallAuthTest : PaperTest {
  using Change = std::function<void(sealed::CallClaims&)>;
  net::HttpRequest request(const Change& change = [](auto&) {}) const {
    net::HttpRequest out{.method = "POST", .target = "/v1/x?a=1", .headers = {}, .body = "{}", .peer_address = {}};
    const auto hash = crypto::sha256(as_bytes(out.body));
    sealed::CallClaims claims{out.method,  out.target, Bytes(hash.begin(), hash.end()), "relay-fp", to_unix_seconds(kNow),
                              Bytes(16, 5)};
    change(claims);
    out.headers = {{std::string(wire::api::kCallHeader), sealed::sign_document(claims, ada.keys.sign)},
                   {std::string(wire::api::kCertificateHeader), ada.keys.certificate}};
    return out;
  }
  static Change signed_at(std::int64_t seconds, std::uint8_t nonce = 5) {
    return [=](sealed::CallClaims& c) { c.iat = to_unix_seconds(kNow) + seconds, c.nonce = Bytes(16, nonce); };
  }

  Person ada = papers.person(acme, "ada", Role::technician);
  std::unique_ptr<Devices> devices = Devices::load(*papers.store, *papers.tenants).value();
  CallAuth auth{*papers.tenants, *devices, "relay-fp"};
};

TEST_F(CallAuthTest, SaysWhoSigned) {
  const auto caller = auth.check(request(), kNow).value();
  EXPECT_EQ(caller.tenant->row.id, acme.row.id);
  EXPECT_EQ(caller.claims.sub, "u-ada");
}

TEST_F(CallAuthTest, TakesACallOnce) {
  EXPECT_TRUE(auth.check(request(), kNow));
  EXPECT_EQ(code_of(auth.check(request(), kNow)), Errc::sign_in);
  EXPECT_TRUE(auth.check(request(signed_at(0, 6)), kNow));
}

TEST_F(CallAuthTest, RemembersACallAsLongAsItsDateCounts) {
  const auto last = std::chrono::seconds(kCallLife + sealed::kClockTolerance);
  EXPECT_TRUE(auth.check(request(signed_at(sealed::kClockTolerance)), kNow)); // from a clock that is ahead
  EXPECT_TRUE(auth.check(request(signed_at(0, 6)), kNow + last));             // cleans up
  EXPECT_EQ(code_of(auth.check(request(signed_at(sealed::kClockTolerance)), kNow + last)), Errc::sign_in);
}

TEST_F(CallAuthTest, RefusesWhatIsNotThisRequest) {
  const struct {
    const char* what;
    Change change;
    Errc code;
  } cases[] = {
      {"method", [](auto& c) { c.method = "GET"; }, Errc::sign_in},
      {"target", [](auto& c) { c.target = "/v1/x"; }, Errc::sign_in},
      {"body", [](auto& c) { c.body_sha256[0] ^= 1; }, Errc::sign_in},
      {"no hash of the body", [](auto& c) { c.body_sha256.clear(); }, Errc::sign_in},
      {"relay", [](auto& c) { c.relay = "relay-fq"; }, Errc::sign_in},
      {"a short nonce", [](auto& c) { c.nonce.resize(15); }, Errc::sign_in},
      {"a long nonce", [](auto& c) { c.nonce.resize(17); }, Errc::sign_in},
      {"too old", signed_at(-kCallLife - sealed::kClockTolerance - 1), Errc::clock_skew},
      {"from the future", signed_at(sealed::kClockTolerance + 1), Errc::clock_skew},
  };
  for (const auto& c : cases) EXPECT_EQ(code_of(auth.check(request(c.change), kNow)), c.code) << c.what;
  EXPECT_TRUE(auth.check(request(signed_at(-kCallLife - sealed::kClockTolerance)), kNow));
}

TEST_F(CallAuthTest, RefusesAChangedBodyAndMissingHeaders) {
  auto changed = request();
  changed.body = "{} ";
  EXPECT_EQ(code_of(auth.check(changed, kNow)), Errc::sign_in);
  for (const int missing : {0, 1}) {
    auto cut = request();
    cut.headers.erase(cut.headers.begin() + missing);
    EXPECT_EQ(code_of(auth.check(cut, kNow)), Errc::sign_in) << missing;
  }
}

TEST_F(CallAuthTest, RefusesAnExpiredCertificateAndOneOfAnAgent) {
  EXPECT_EQ(code_of(auth.check(request(signed_at(13 * 3600)), kNow + std::chrono::hours(13))), Errc::sign_in);
  auto agents = request();
  agents.headers[1].second = papers.machine(acme, "web").keys.certificate;
  EXPECT_EQ(code_of(auth.check(agents, kNow)), Errc::sign_in);
}

TEST_F(CallAuthTest, RefusesADeviceThatIsSignedOut) {
  const auto& key = ada.keys.sign.public_key();
  devices->remove(acme.row.id, key);
  EXPECT_EQ(code_of(auth.check(request(), kNow)), Errc::sign_in);
  devices->add(other.row.id, key); // of another tenant
  EXPECT_EQ(code_of(auth.check(request(), kNow)), Errc::sign_in);
  devices->add(acme.row.id, key);
  EXPECT_TRUE(auth.check(request(), kNow)); // a refused call was not remembered
}

TEST_F(CallAuthTest, ForgetsNothingOfOneKeyForAnother) {
  const auto& key = ada.keys.sign.public_key();
  const auto stranger = papers.new_keys().sign.public_key();
  EXPECT_TRUE(auth.check_once(key, Bytes(16, 1), to_unix_seconds(kNow), kNow));
  EXPECT_TRUE(auth.check_once(stranger, Bytes(16, 1), to_unix_seconds(kNow), kNow));
  EXPECT_EQ(code_of(auth.check_once(key, Bytes(16, 1), to_unix_seconds(kNow), kNow)), Errc::sign_in);
}

} // namespace
} // namespace rs::relay::test
