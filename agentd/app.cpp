#include "agentd/app.hpp"

#include "agentd/machine.hpp"
#include "agentd/take_back.hpp"
#include "base/log.hpp"
#include "base/os_string.hpp"
#include "wire/limits.hpp"

#include <algorithm>
#include <set>

namespace rs::agent {
namespace {

constexpr Logger log("agentd");

session::AuditRecord to_record(const session::AgentAudit& audit, const AgentState& state, WallTime now) {
  session::AuditRecord record;
  record.time = now;
  record.writer = state.agent.text();
  record.tenant = state.org;
  record.actor = audit.caller.user;
  record.action = audit.action;
  record.target = state.agent.text();
  record.session = audit.caller.session;
  record.detail = describe::Node::Object{{"allowed", audit.allowed}, {"reason", audit.reason}, {"email", audit.caller.email}};
  if (!audit.subject.empty()) record.detail.set("subject", escape_for_display(audit.subject));
  return record;
}

} // namespace

App::App(daemon::Reactor& reactor, const Clock& clock, crypto::Random& random, Settings settings, AgentState state)
    : clock_(clock), random_(random), settings_(std::move(settings)), state_(std::move(state)), identity_(identity_of(state_)),
      audit_(reactor, settings_.state_dir.audit_file()),
      uplink_(reactor, clock, Backoff(random, settings_.retry), net::make_ticket_store(settings_.state_dir.tickets()), *this) {}

Result<std::unique_ptr<App>> App::open(daemon::Reactor& reactor, const Clock& clock, crypto::Random& random, Settings settings) {
  RS_TRY(auto state, settings.state_dir.load_state());
  if (!state) return fail(Errc::not_found, settings.state_dir.path() + ": this machine is not enrolled");
  RS_CHECK(org_of(*state));
  RS_TRY(auto taken_back, settings.state_dir.load_taken_back());
  RS_TRY(auto policy, load_policy(settings.config_file));
  if (!policy) log.warning("no-policy", {{"path", settings.config_file}, {"effect", "nothing is allowed"}});
  std::unique_ptr<App> app(new App(reactor, clock, random, std::move(settings), std::move(*state)));
  app->taken_back_ = std::move(taken_back);
  app->policy_ = std::move(policy).value_or(session::Policy{});
  return app;
}

void App::stop(std::function<void()> done) { uplink_.stop(fail(Errc::connection_lost, "agentd is stopping"), std::move(done)); }

void App::reload_policy() {
  auto policy = load_policy(settings_.config_file);
  if (!policy || !*policy) {
    const auto reason = policy ? settings_.config_file + " is gone" : policy.error().message;
    return log.error("policy-kept", {{"reason", reason}});
  }
  policy_ = std::move(**policy);
  log.info("policy-loaded", {{"path", settings_.config_file}});
}

WallTime App::trusted_now() const {
  return sealed::TrustedTime(settings_.build_time, from_unix_seconds(state_.greatest_iat)).now(clock_.wall());
}

// What is lost here is learned again at the next link; the instance, which is not, is saved in prepare() with its error.
void App::save_state() {
  if (auto saved = settings_.state_dir.save_state(state_); !saved)
    log.error("state-not-saved", {{"reason", saved.error().message}});
}

int App::local_minute() { return agent::local_minute(clock_.wall()); }

// A call of a session that was admitted before its technician was revoked is refused here at the latest.
void App::audit(session::AgentAudit audit, std::function<void(Result<void>)> done) {
  const auto admitted = session::admit(taken_back_, audit.caller.email, clock_.wall());
  if (!admitted) {
    audit.allowed = false;
    audit.reason = admitted.error().message;
  }
  audit_.append(to_record(audit, state_, clock_.wall()),
                [admitted, done = std::move(done)](const Result<void>& written) { done(written ? admitted : written); });
}

void App::on_relay_statement(const sealed::RelayStatement& statement) {
  take_relay_statement(state_, statement);
  save_state();
}

void App::on_welcomed(const session::PeerLink::Welcomed& welcomed) {
  acknowledge_instance(state_);
  take_org_statement(state_, welcomed.org, welcomed.org_statement);
  if (welcomed.certificate) {
    if (auto taken = take_certificate(state_, *welcomed.certificate, welcomed.org, trusted_now()); !taken)
      log.error("certificate-refused", {{"reason", taken.error().message}});
    identity_.certificate = state_.certificate;
  }
  save_state();
  uplink_.welcomed();
  connected_since_ = clock_.wall();
  log.info("connected", {{"server", state_.url}, {"agent", state_.agent.text()}, {"name", state_.name}});
  if (!std::exchange(ready_, true) && settings_.on_ready) settings_.on_ready(state_.agent);
}

void App::on_goaway(Millis retry_after) { uplink_.told_to_go(retry_after); }

Result<net::ConnectOptions> App::prepare() {
  if (!state_.instance_next) {
    auto offering = state_;
    offer_instance(offering, random_);
    RS_CHECK(settings_.state_dir.save_state(offering)); // an offer that is not on the disk is never made
    state_ = std::move(offering);
  }
  net::ConnectOptions options;
  RS_TRY(options.url, net::parse_url(state_.url));
  options.proxy = net::proxy_for(options.url.host, settings_.environment);
  options.pinned_relay = state_.relay_fingerprint;
  options.max_message = wire::kMaxMessage;
  return options;
}

Result<std::unique_ptr<session::Agent>> App::make_machine(const net::ServerIdentity& server) {
  RS_TRY(auto org, org_of(state_));
  auto services = settings_.services(state_, policy_);
  const Bytes spki(server.spki_sha256.begin(), server.spki_sha256.end());
  session::Agent::Config config{.link = {identity_, trust_of(state_, spki), offer_instance(state_, random_), {}},
                                .org = std::move(org),
                                .id = state_.agent,
                                .name = state_.name,
                                .version = std::string(kVersion),
                                .services = std::move(services),
                                .build_date = settings_.build_time,
                                .greatest_iat = from_unix_seconds(state_.greatest_iat)};
  return std::make_unique<session::Agent>(std::move(config), random_, *this);
}

void App::on_second() {
  const auto floor = to_unix_seconds(uplink_.machine()->greatest_iat());
  if (floor <= std::max(state_.greatest_iat, to_unix_seconds(settings_.build_time))) return;
  state_.greatest_iat = floor;
  save_state();
}

void App::on_down(const Error&) { connected_since_.reset(); }

StatusReply App::status() {
  const auto taken = describe_taken_back(taken_back_, clock_.wall());
  StatusReply reply{.agent = state_.agent,
                    .name = state_.name,
                    .server = state_.url,
                    .tenant = state_.tenant,
                    .connected = connected_since_.has_value(),
                    .since = connected_since_,
                    .blocked = taken.blocked,
                    .blocked_until = taken.blocked_until,
                    .revoked = taken.revoked,
                    .sessions = {}};
  if (uplink_.machine() == nullptr) return reply;
  for (auto& info : uplink_.machine()->sessions())
    reply.sessions.push_back({info.session, info.caller.name, info.caller.email, info.since, std::move(info.calls)});
  return reply;
}

Result<describe::Node> App::serve(const ControlRequest& request, std::uint32_t uid) {
  if (request.verb == ControlVerb::status) return describe::to_node(status());
  // What exec starts runs as agentd's own user, who may therefore not.
  if (request.verb == ControlVerb::unblock && uid != 0)
    return fail(Errc::permission, "unblock: only root; or stop agentd and run this as the owner of its state directory");
  bool changed = false;
  auto done = request.verb == ControlVerb::end ? end(request, changed) : take_back(request, changed);
  if (!done || !changed) return done;
  log.info("local-request", {{"verb", std::string(describe::enum_name(request.verb))}, {"uid", std::to_string(uid)}});
  // The user's word holds even where it cannot be recorded.
  audit_.append(local_record(state_, request, uid, clock_.wall()), [](const Result<void>&) {}, AuditLog::Asker::local_user);
  uplink_.wake();
  return done;
}

Result<describe::Node> App::end(const ControlRequest& request, bool& changed) {
  const auto why = fail(Errc::ended_by_customer, "the user of this machine ended the session");
  auto* machine = uplink_.machine();
  EndReply reply;
  if (machine != nullptr) reply.ended = request.session ? machine->end_session(*request.session, why) : machine->end_all(why);
  if (request.session && reply.ended == 0) return fail(Errc::not_found, "no session " + request.session->text());
  changed = reply.ended != 0;
  return describe::to_node(reply);
}

// On the disk first: what the user took back holds even if this process ends on the next line.
Result<describe::Node> App::take_back(const ControlRequest& request, bool& changed) {
  auto after = taken_back_;
  RS_CHECK(apply(after, request, clock_.wall()));
  changed = describe::to_node(after) != describe::to_node(taken_back_);
  if (changed) RS_CHECK(settings_.state_dir.save_taken_back(after));
  taken_back_ = std::move(after);
  auto reply = describe_taken_back(taken_back_, clock_.wall());
  if (request.verb == ControlVerb::block) reply.ended = end_sessions_of(std::nullopt);
  if (request.verb == ControlVerb::revoke) reply.ended = end_sessions_of(request.technician);
  changed = changed || reply.ended != 0;
  return describe::to_node(reply);
}

std::uint64_t App::end_sessions_of(const std::optional<std::string>& technician) {
  auto* machine = uplink_.machine();
  if (machine == nullptr) return 0;
  const auto why = fail(Errc::consent_revoked, "the user of this machine took the consent back");
  if (!technician) return machine->end_all(why);
  const auto wanted = lower_case(*technician);
  std::set<std::string> spellings{wanted}; // certificates spell it as the account does
  for (const auto& info : machine->sessions()) {
    if (lower_case(info.caller.email) == wanted) spellings.insert(info.caller.email);
  }
  std::uint64_t ended = 0;
  for (const auto& email : spellings) ended += machine->end_technician(email, why);
  return ended;
}

} // namespace rs::agent
