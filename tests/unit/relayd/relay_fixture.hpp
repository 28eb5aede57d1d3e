#pragma once

#include "crypto/hash.hpp"
#include "crypto/openssl.hpp"
#include "daemon/files.hpp"
#include "describe/error_report.hpp"
#include "net/client.hpp"
#include "papers.hpp"
#include "relayd/app.hpp"
#include "relayd/init.hpp"
#include "wire/api.hpp"
#include "wire/limits.hpp"

#include <functional>

namespace rs::relay::test {

// What the API said.
struct Answer {
  unsigned status = 0;
  std::string text;
  describe::Node body;

  // Of an error; internal where it is none.
  Error error() const {
    const auto report = describe::read_error_document(body);
    return report ? Error{report->code, report->message} : Error{Errc::internal, text};
  }
  Errc code() const { return error().code; }
  template <class T>
  T as() const {
    return describe::from_node<T>(body, describe::Unknown::refuse).value();
  }
};

// A whole relay on two threads in a scratch directory, with two tenants, "acme" (which has the admin that init made)
// and "other"; the test's thread is its peers'.
class RelayTest : public testing::Test {
 protected:
  RelayTest() {
    crypto::start_openssl();
    InitOptions options;
    options.data = scratch / "data";
    options.tenant = "acme";
    options.self_signed = {"127.0.0.1"};
    options.admin = "admin@example.org";
    options.admin_password = kPassword;
    options.org_root_out = scratch / "root.jwk";
    fingerprint = init(options, clock, crypto::system_random()).value().relay_fingerprint;
    const auto column_key = read_column_key(dir).value();
    {
      auto store = store::SqliteStore::open(dir.store()).value();
      (void)Tenants::create(*store, column_key, "other", crypto::system_random(), kNow).value();
    }
    papers = std::make_unique<Papers>(dir.store(), column_key);
    admin = papers->store->find_user(acme().row.id, "admin@example.org").value();
  }

  ServeOptions serve_options() const { return {.data = dir.path, .listen = "127.0.0.1:0", .threads = 2}; }
  void start(ServeOptions options) { app = App::start(options, clock, crypto::system_random()).value(); }
  void start() { start(serve_options()); }
  const Tenant& acme() const { return papers->tenant("acme"); }
  const Tenant& other() const { return papers->tenant("other"); }

  // Runs the peers until it is so; false, and a failure, where it takes too long.
  bool wait(const std::function<bool()>& condition) {
    bool late = false;
    daemon::Reactor::Timer guard(reactor);
    guard.after(Millis(20'000), [&] { late = woken = true; });
    while (!condition() && !late) {
      woken = false;
      reactor.run_until(woken);
    }
    EXPECT_FALSE(late) << "waited too long";
    return condition();
  }
  net::ConnectOptions connect_options() const {
    const auto address = app->bound_address();
    net::ConnectOptions options;
    options.url = {"127.0.0.1", static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)))};
    options.pinned_relay = fingerprint;
    options.max_message = wire::kMaxMessage;
    return options;
  }
  std::unique_ptr<net::Client> connect() {
    std::optional<Result<std::unique_ptr<net::Client>>> connected;
    net::Client::connect(reactor, connect_options(), [&](auto result) { connected = std::move(result), woken = true; });
    wait([&] { return connected.has_value(); });
    return std::move(*connected).value();
  }

  static Answer to_answer(const net::HttpResponse& response) {
    const auto body = describe::parse_json(response.body);
    return {response.status, response.body, body ? *body : describe::Node()};
  }
  Answer send(net::HttpRequest request) {
    if (!client) client = connect();
    std::optional<Result<net::HttpResponse>> response;
    client->request(std::move(request), [&](auto result) { response = std::move(result), woken = true; });
    wait([&] { return response.has_value(); });
    return to_answer(response->value());
  }

  // A request that `keys` signed, after `change`.
  net::HttpRequest signed_by(const session::Identity& keys, std::string method, std::string target, std::string body = {},
                             const std::function<void(sealed::CallClaims&)>& change = [](auto&) {}) const {
    const auto hash = crypto::sha256(as_bytes(body));
    const auto nonce = crypto::system_random().array<16>();
    sealed::CallClaims claims{method,
                              target,
                              Bytes(hash.begin(), hash.end()),
                              fingerprint,
                              to_unix_seconds(clock.wall()),
                              Bytes(nonce.begin(), nonce.end())};
    change(claims);
    net::HttpRequest out{
        .method = std::move(method), .target = std::move(target), .headers = {}, .body = std::move(body), .peer_address = {}};
    out.headers = {{std::string(wire::api::kCallHeader), sealed::sign_document(claims, keys.sign)}};
    if (!keys.certificate.empty()) out.headers.emplace_back(wire::api::kCertificateHeader, keys.certificate);
    return out;
  }
  Answer call(const Person& person, std::string method, std::string target, std::string body = {}) {
    return send(signed_by(person.keys, std::move(method), std::move(target), std::move(body)));
  }
  Answer get(const Person& person, std::string target) { return call(person, "GET", std::move(target)); }
  static net::HttpRequest plain(std::string method, std::string target, std::string body = {}) {
    return {.method = std::move(method), .target = std::move(target), .headers = {}, .body = std::move(body), .peer_address = {}};
  }

  net::HttpRequest login_request(const session::Identity& keys, const std::string& email, const std::string& password,
                                 const std::optional<std::string>& tenant = "acme") const {
    const wire::api::LoginRequest body{tenant, email, password, keys.sign.public_key(), keys.noise.public_key()};
    return signed_by(keys, "POST", "/v1/login", describe::to_json(body));
  }
  // Asks the relay until it is so.
  bool eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < end) {
      if (condition()) return true;
      (void)send(plain("GET", "/healthz"));
    }
    return condition();
  }

  daemon::ScratchDirectory scratch;
  DataDir dir{scratch / "data"};
  ManualClock clock;
  std::string fingerprint; // the relay's
  store::User admin;
  std::unique_ptr<Papers> papers;
  std::unique_ptr<App> app;
  daemon::Reactor reactor;
  bool woken = false; // set by whatever the peers hear
  std::unique_ptr<net::Client> client;
};

} // namespace rs::relay::test
