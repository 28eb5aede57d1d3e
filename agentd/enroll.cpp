#include "agentd/enroll.hpp"

#include "agentd/machine.hpp"
#include "describe/codec_impl.hpp"
#include "describe/error_report.hpp"
#include "net/client.hpp"
#include "wire/api.hpp"

#include <algorithm>
#include <filesystem>

RS_CODEC(rs::agent::EnrolReport)

namespace rs::agent {
namespace {

// Runs the reactor until `start`'s callback has come.
template <class T>
Result<T> await(daemon::Reactor& reactor, const std::function<void(std::function<void(Result<T>)>)>& start) {
  struct Pending {
    std::optional<Result<T>> result;
    bool done = false;
  };
  const auto pending = std::make_shared<Pending>();
  start([pending](Result<T> result) {
    pending->result = std::move(result);
    pending->done = true;
  });
  reactor.run_until(pending->done);
  if (!pending->result) return fail(Errc::interrupted, "stopped");
  return std::move(*pending->result);
}

Result<std::unique_ptr<net::Client>> connect(daemon::Reactor& reactor, const EnrolOptions& options) {
  net::ConnectOptions to;
  RS_TRY(to.url, net::parse_url(options.token.url));
  to.proxy = net::proxy_for(to.url.host, options.environment);
  to.pinned_relay = options.token.relay_fingerprint;
  return await<std::unique_ptr<net::Client>>(reactor,
                                             [&](auto done) { net::Client::connect(reactor, std::move(to), std::move(done)); });
}

Error error_of(const net::HttpResponse& response) {
  const auto document = describe::parse_json(response.body);
  const auto report = document ? describe::read_error_document(*document) : Result<describe::ErrorReport>(document.error());
  if (!report) return fail(Errc::invalid, "the relay answered with status " + std::to_string(response.status));
  return fail(report->code, "relay: " + report->message);
}

template <class Reply>
Result<Reply> ask(daemon::Reactor& reactor, net::Client& client, net::HttpRequest request) {
  const auto what = request.method + " " + request.target;
  RS_TRY(const auto response,
         await<net::HttpResponse>(reactor, [&](auto done) { client.request(std::move(request), std::move(done)); }));
  if (response.status != 200) return error_of(response);
  auto reply = describe::from_json<Reply>(response.body, describe::Unknown::ignore);
  if (!reply) return within(what, reply.error());
  return reply;
}

// The relay is who the token says, and this TLS connection ends there.
Result<sealed::RelayStatement> prove_relay(daemon::Reactor& reactor, net::Client& client, const sealed::EnrolToken& token,
                                           WallTime now) {
  RS_TRY(const auto info, ask<wire::api::RelayInfo>(reactor, client, {.method = "GET", .target = "/v1/relay"}));
  RS_TRY(auto statement, sealed::verify_relay_statement(info.statement, {token.relay_fingerprint, {}, 0}, now));
  const auto& spki = client.identity().spki_sha256;
  if (std::find(statement.tls.begin(), statement.tls.end(), Bytes(spki.begin(), spki.end())) == statement.tls.end())
    return fail(Errc::server_identity, "the relay's statement does not name the TLS key of this connection (" + hex(spki) + ")");
  return statement;
}

Result<crypto::Ed25519Key> token_key(const sealed::EnrolToken& token) {
  RS_TRY(const auto seed, to_array<32>(token.seed, "seed"));
  return crypto::Ed25519Key{crypto::Secret32(seed)};
}

// What was asked for with this token before; else two fresh keys, on the disk when this returns.
Result<PendingEnrolment> begin(const StateDir& state_dir, crypto::Random& random, const EnrolOptions& options) {
  RS_TRY(const auto key, token_key(options.token));
  const auto fingerprint = crypto::fingerprint(key.public_key());
  RS_TRY(auto pending, state_dir.load_pending_enrolment());
  if (pending && pending->token == fingerprint) return std::move(*pending);
  PendingEnrolment fresh{fingerprint, options.name, random.array<32>(), random.array<32>()};
  RS_CHECK(state_dir.save_pending_enrolment(fresh));
  return fresh;
}

// The keys, and the pins of the token.
AgentState new_state(const EnrolOptions& options, const PendingEnrolment& pending) {
  AgentState state;
  state.url = options.token.url;
  state.tenant = options.token.tenant;
  state.org = options.token.org;
  state.org_fingerprint = options.token.org_fingerprint;
  state.relay_fingerprint = options.token.relay_fingerprint;
  state.name = options.name;
  state.sign_seed = pending.sign_seed;
  state.noise_seed = pending.noise_seed;
  return state;
}

Result<std::string> sign_enrolment(const AgentState& state, const EnrolOptions& options, WallTime now) {
  RS_TRY(const auto key, token_key(options.token));
  const auto own = identity_of(state);
  const sealed::EnrolClaims claims{.token = key.public_key(),
                                   .org = state.org,
                                   .relay = state.relay_fingerprint,
                                   .name = state.name,
                                   .os = os_name(),
                                   .version = std::string(kVersion),
                                   .cnf = {own.sign.public_key(), own.noise.public_key()},
                                   .iat = to_unix_seconds(now)};
  return sealed::sign_document(claims, key);
}

// Statement by the pinned root; certificate for our keys, a name that we asked for and the token's tags.
Result<void> take_reply(AgentState& state, const wire::api::EnrolReply& reply, const PendingEnrolment& pending,
                        const EnrolOptions& options, WallTime now) {
  RS_TRY(const auto org, sealed::verify_org_statement(reply.org_statement, {state.org, state.org_fingerprint, 0}));
  take_org_statement(state, org, reply.org_statement);
  RS_CHECK(take_certificate(state, reply.certificate, org, now));
  RS_TRY(const auto claims, sealed::verify_agent(reply.certificate, org, now));
  if (claims.name != options.name && claims.name != pending.name)
    return fail(Errc::integrity, "the relay certified the name '" + claims.name + "', asked for was '" + options.name + "'");
  if (claims.tags != options.token.tags) return fail(Errc::integrity, "the relay certified other tags than the token has");
  return {};
}

std::vector<Permission> allowed_by(const sealed::EnrolToken& token) {
  return token.allow.empty() ? session::default_allow() : token.allow;
}

Result<void> make_config_directory(const std::string& path) {
  const auto directory = std::filesystem::path(path).parent_path();
  std::error_code failed;
  if (!directory.empty()) std::filesystem::create_directories(directory, failed);
  if (failed) return fail(Errc::io, directory.string() + ": " + failed.message());
  return {};
}

// True: written. A file that is there stays as it is.
Result<bool> write_config(const std::string& path, const std::vector<Permission>& allow) {
  std::error_code failed;
  if (std::filesystem::exists(path, failed)) return false;
  describe::Node::Array names;
  for (const auto permission : allow) names.emplace_back(describe::enum_name(permission));
  const auto text = "# What technicians may do on this machine; see agentd(8). Written at enrolment.\n" +
                    describe::write_yaml(describe::Node::Object{{"allow", std::move(names)}});
  RS_CHECK(daemon::write_file_atomically(path, as_bytes(text), 0644));
  return true;
}

} // namespace

Result<AgentState> enroll_at_relay(daemon::Reactor& reactor, const Clock& clock, const PendingEnrolment& pending,
                                   const EnrolOptions& options) {
  const auto now = sealed::TrustedTime(options.build_time).now(clock.wall());
  RS_TRY(const auto client, connect(reactor, options));
  RS_TRY(const auto relay, prove_relay(reactor, *client, options.token, now));
  auto state = new_state(options, pending);
  take_relay_statement(state, relay);
  RS_TRY(auto enrol, sign_enrolment(state, options, now));
  const wire::api::EnrolRequest request{std::move(enrol)};
  RS_TRY(const auto reply, ask<wire::api::EnrolReply>(reactor, *client,
                                                      {.method = "POST",
                                                       .target = "/v1/enroll",
                                                       .headers = {{"Content-Type", "application/json"}},
                                                       .body = describe::to_json(request)}));
  RS_CHECK(take_reply(state, reply, pending, options, now));
  return state;
}

Result<EnrolReport> enroll(daemon::Reactor& reactor, const Clock& clock, crypto::Random& random, const StateDir& state_dir,
                           const std::string& config_file, const EnrolOptions& options) {
  RS_TRY(const auto enrolled, state_dir.load_state());
  if (enrolled)
    return fail(Errc::conflict, "this machine is enrolled already, as " + enrolled->name + " (" + enrolled->agent.text() + ")");
  RS_CHECK(make_config_directory(config_file)); // before the token is used up
  RS_TRY(const auto pending, begin(state_dir, random, options));
  RS_TRY(const auto state, enroll_at_relay(reactor, clock, pending, options));
  const auto allow = allowed_by(options.token);
  RS_TRY(const bool written, write_config(config_file, allow));
  RS_CHECK(state_dir.save_state(state));
  state_dir.remove_pending_enrolment();
  return EnrolReport{state.agent, state.name, state.tenant, state.url, allow, written};
}

} // namespace rs::agent
