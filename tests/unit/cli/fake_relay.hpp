#pragma once

#include "cli/options.hpp"
#include "cli/run.hpp"
#include "describe/error_report.hpp"
#include "net/server.hpp"
#include "scratch.hpp"
#include "support/tenant.hpp"
#include "wire/api.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>

namespace rs::test {

// A relay's HTTPS API on a thread of its own, for one tenant, whose statement names its real TLS key.
class FakeRelay final : net::Server::Handler {
 public:
  explicit FakeRelay(Tenant& tenant) : tenant_(tenant) {
    const auto made = net::make_self_signed({"127.0.0.1"}, kNow).value();
    const auto spki = net::spki_sha256_of_pem(made.certificate).value();
    tenant.tls_spki.assign(spki.begin(), spki.end());
    statement = tenant.sign_relay_statement(tenant.relay, 1);
    net::ServerOptions options;
    options.address = "127.0.0.1";
    options.certificate = made.certificate;
    options.private_key = made.private_key;
    options.max_message = 1 << 20;
    server_ = net::Server::listen({&reactor_}, options, *this).value();
    thread_ = std::thread([this] { reactor_.run(); });
  }
  ~FakeRelay() {
    reactor_.stop();
    thread_.join();
    withheld_.clear();
    server_.reset();
  }
  std::string url() const { return "https://" + server_->bound_address(); }
  std::vector<std::string> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

  // What it answers with; set before a command runs.
  std::string statement;
  std::int64_t certificate_life = 3600;                   // seconds
  std::map<std::string, net::HttpResponse> answers;       // by "METHOD TARGET"
  std::function<bool(const std::string& line)> withholds; // no answer then

 private:
  void on_request(net::HttpRequest request, std::function<void(net::HttpResponse)> reply) override {
    const auto line = request.method + " " + request.target;
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(line);
    }
    if (withholds && withholds(line)) return withheld_.push_back(std::move(reply));
    net::HttpResponse response;
    if (const auto found = answers.find(line); found != answers.end()) response = found->second;
    else if (line == "GET /v1/relay") response.body = describe::to_json(wire::api::RelayInfo{statement, "1"});
    else if (line == "POST /v1/login") response = login(request);
    else if (line == "POST /v1/renew") response.body = describe::to_json(certify(*keys_));
    else response = error(fail(Errc::not_found, "no such resource"), 404);
    reply(std::move(response));
  }
  void on_link(std::size_t, std::unique_ptr<net::Transport>) override {}

  net::HttpResponse login(const net::HttpRequest& request) {
    const auto body = describe::from_json<wire::api::LoginRequest>(request.body, describe::Unknown::refuse).value();
    const auto call = sealed::verify_document<sealed::CallClaims>(request.header(wire::api::kCallHeader), body.sign);
    if (!call || body.password != "secret") return error(fail(Errc::sign_in, "wrong e-mail or password"), 401);
    keys_ = sealed::Confirmation{body.sign, body.noise};
    net::HttpResponse response;
    response.body = describe::to_json(certify(*keys_));
    return response;
  }
  wire::api::LoginReply certify(const sealed::Confirmation& keys) {
    const sealed::TechnicianClaims claims{tenant_.issuer.public_key(),
                                          tenant_.org_id,
                                          "u-1",
                                          "Ada",
                                          "ada@acme.example",
                                          Role::admin,
                                          {Permission::exec},
                                          keys,
                                          to_unix_seconds(kNow),
                                          to_unix_seconds(kNow) + certificate_life,
                                          to_unix_seconds(kNow) + 86400};
    return {sealed::sign_document(claims, tenant_.issuer), tenant_.org_statement};
  }
  static net::HttpResponse error(const Error& why, unsigned status) {
    net::HttpResponse response;
    response.status = status;
    response.body = describe::write_json(describe::error_document(describe::make_report(why)));
    return response;
  }

  Tenant& tenant_;
  std::mutex mutex_;
  std::vector<std::string> seen_;
  std::vector<std::function<void(net::HttpResponse)>> withheld_;
  std::optional<sealed::Confirmation> keys_;
  daemon::Reactor reactor_;
  std::unique_ptr<net::Server> server_;
  std::thread thread_;
};

struct FakeTerminal final : cli::Terminal {
  bool input_is_terminal() const override { return is_terminal; }
  Result<std::string> ask(std::string_view question) override { return answer(question); }
  Result<std::string> ask_secret(std::string_view question) override { return answer(question); }
  Result<std::string> read_input(std::size_t, std::string_view) override { return input; }
  Result<void> write(cli::Stream stream, std::string_view text) override {
    (stream == cli::Stream::out ? out : err) += text;
    return {};
  }
  Result<std::string> answer(std::string_view question) {
    questions.emplace_back(question);
    if (answers.empty()) return fail(Errc::usage, "nobody answers");
    auto first = answers.front();
    answers.erase(answers.begin());
    return first;
  }

  bool is_terminal = false;
  std::string input, out, err;
  std::vector<std::string> questions, answers;
};

struct FixedClock final : Clock {
  WallTime wall() const override { return now; }
  BootTime boot() const override { return up += step; }
  WallTime now = kNow;
  mutable BootTime up{};
  Millis step{0}; // that passes before each look at boot()
};

// rsctl as a function, with a profile of its own.
struct CliFixture : testing::Test {
  int rsctl(std::vector<std::string> arguments) {
    terminal.out.clear();
    terminal.err.clear();
    const cli::Environment environment = [this](std::string_view name) -> std::optional<std::string> {
      if (name == "RSCTL_CONFIG_DIR") return scratch.path();
      const auto found = more_environment.find(name);
      return found == more_environment.end() ? std::nullopt : std::optional(found->second);
    };
    return cli::run({terminal, clock, environment, tenant.random, cli::parse_options}, arguments);
  }
  int login(std::vector<std::string> more = {}) {
    terminal.input = "secret\n";
    std::vector<std::string> line{"login", "-s", relay.url(), "--email", "ada@acme.example", "--password-stdin"};
    line.insert(line.end(), more.begin(), more.end());
    return rsctl(line);
  }
  std::string relay_print() const { return crypto::fingerprint(tenant.relay.public_key()); }
  std::string org_print() const { return crypto::fingerprint(tenant.root.public_key()); }
  std::size_t count(const std::string& line) {
    const auto lines = relay.seen();
    return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), line));
  }

  Scratch scratch;
  Tenant tenant;
  FakeRelay relay{tenant};
  FakeTerminal terminal;
  FixedClock clock;
  std::map<std::string, std::string, std::less<>> more_environment;
};

} // namespace rs::test
