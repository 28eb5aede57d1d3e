#include "cli/agent_call.hpp"

#include "cli/trust.hpp"
#include "describe/codec.hpp"

namespace rs::cli {
namespace {

constexpr Millis kLeaveWithin{2'000};

bool is_same(const sealed::AgentClaims& a, const sealed::AgentClaims& b) {
  return a.sub == b.sub && a.name == b.name && a.cnf.noise == b.cnf.noise && a.cnf.sign == b.cnf.sign;
}

} // namespace

AgentCall::AgentCall(Context& context, session::CallSpec spec, session::CallObserver& observer)
    : context_(context), spec_(std::move(spec)), observer_(observer), api_(context) {}

AgentCall::~AgentCall() = default;

Result<void> AgentCall::run() {
  auto opened = open_link();
  if (!opened && opened.error().code == Errc::server_identity) opened = reconnect();
  if (!opened) return opened;
  for (;;) {
    RS_CHECK(api_.loop().run_until(attention_));
    if (finished_) return {};
    attention_ = false;
    RS_CHECK(reconnect());
  }
}

// Once, without a ticket: a session that was resumed may be the last trace of a TLS key that was replaced.
Result<void> AgentCall::reconnect() {
  if (std::exchange(reconnected_, true)) return fail(Errc::server_identity, "the relay's statement does not name its TLS key");
  pump_.reset();
  client_.reset();
  api_.forget_ticket();
  return open_link();
}

void AgentCall::finish() { finished_ = attention_ = true; }

void AgentCall::use_cached_agent() {
  const auto cached = context_.profile.cached_agent(spec_.as);
  if (!cached) return;
  auto claims = sealed::verify_agent(*cached, org_, context_.clock.wall());
  if (!claims || !check_target(*claims, spec_.as)) return;
  agent_ = std::move(*claims);
  from_cache_ = true;
}

Result<void> AgentCall::open_link() {
  RS_TRY(auto link, api_.open_link());
  const State& state = context_.state;
  RS_TRY(org_, sealed::verify_org_statement(state.org->statement, org_pin(*state.org)));
  if (!agent_) use_cached_agent();
  resumed_ = link.server.resumed;
  link_closed_ = false;
  const auto& spki = link.server.spki_sha256;
  session::LinkTrust trust{relay_pin(*state.relay), org_pin(*state.org), Bytes(spki.begin(), spki.end())};
  client_.emplace(session::PeerLink::Config{api_.identity(), std::move(trust), {}, {}}, org_, context_.random,
                  static_cast<session::Client::Events&>(*this));
  pump_.emplace(std::move(link.transport), *client_, context_.clock, [this](const Error& why) { on_link_closed(why); });
  pump_->start();
  return {};
}

void AgentCall::wake() {
  if (pump_ && !link_closed_) pump_->wake();
}

void AgentCall::on_challenged(const sealed::RelayStatement& statement) {
  if (agent_) open_call();
  else client_->resolve(spec_.as);
  keep_statement(statement);
}

// Only where it says something that the profile does not know yet: that is seldom, and costs a write.
void AgentCall::keep_statement(const sealed::RelayStatement& statement) {
  RelayState newest = *context_.state.relay;
  adopt_verified(newest, statement);
  if (newest == *context_.state.relay) return;
  const auto kept = context_.profile.update([&](State& state) -> Result<void> {
    if (state.relay) adopt_verified(*state.relay, statement);
    return {};
  });
  if (kept) context_.state = *kept;
}

void AgentCall::open_call() {
  const auto session = SessionId::from_random(context_.random.array<kIdRandomBytes>());
  client_->open_session(session, *agent_);
  answered_ = false;
  ++attempt_;
  port_ = &client_->call(session, spec_, *this, context_.clock.boot());
}

void AgentCall::on_resolved(std::uint64_t, Result<sealed::AgentClaims> agent, std::string certificate, bool) {
  if (over_) return;
  if (!agent) return fail_call(agent.error());
  if (auto meant = check_target(*agent, spec_.as); !meant) return fail_call(meant.error());
  // What was cached was right, so the first answer was the agent's own.
  if (stale_ && is_same(*agent, *agent_)) return fail_call(*stale_);
  if (agent->name == spec_.as || agent->sub.text() == spec_.as) context_.profile.cache_agent(spec_.as, certificate);
  agent_ = std::move(*agent);
  from_cache_ = false;
  open_call();
}

void AgentCall::on_progress(describe::Node document) { observer_.on_progress(std::move(document)); }

void AgentCall::on_data(std::uint8_t kind, session::InData data) {
  committed_ = true;
  observer_.on_data(kind, std::move(data));
}

void AgentCall::on_result(describe::Node document) {
  over_ = true;
  port_ = nullptr;
  observer_.on_result(std::move(document));
}

void AgentCall::on_writable() {
  answered_ = true;
  observer_.on_writable();
}

// Before the agent has taken the call nothing can have happened there; its `wrong-target` says so itself.
bool AgentCall::is_stale_answer(const Error& error) const {
  if (error.code == Errc::wrong_target) return true;
  return !answered_ && (error.code == Errc::integrity || error.code == Errc::not_found || error.code == Errc::connection_lost);
}

void AgentCall::on_error(const Error& error, const describe::Node& data) {
  port_ = nullptr;
  if (over_ || !from_cache_ || !is_stale_answer(error)) return fail_call(error, data);
  context_.profile.forget_agent(spec_.as);
  if (committed_) return fail_call(error, data);
  stale_ = error;
  from_cache_ = false;
  client_->resolve(spec_.as);
}

void AgentCall::fail_call(const Error& why, const describe::Node& data) {
  if (std::exchange(over_, true)) return;
  port_ = nullptr;
  observer_.on_error(why, data);
}

void AgentCall::on_link_closed(const Error& why) {
  link_closed_ = true;
  if (over_) return;
  // Not from inside the pump that is going away: run() does it.
  if (resumed_ && !reconnected_ && attempt_ == 0 && why.code == Errc::server_identity) attention_ = true;
  else fail_call(stale_.value_or(why));
}

void AgentCall::cancel() {
  over_ = true;
  if (!pump_ || link_closed_ || port_ == nullptr) return;
  client_->cancel(*std::exchange(port_, nullptr));
  pump_->close("cancelled");
  api_.loop().linger(link_closed_, kLeaveWithin);
}

} // namespace rs::cli
