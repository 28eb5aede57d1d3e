#include "cli/agent_call.hpp"

#include "cli/trust.hpp"
#include "describe/codec.hpp"

namespace rs::cli {
namespace {

constexpr Millis kLeaveWithin{2'000};

bool is_stale_answer(Errc code) { return code == Errc::wrong_target || code == Errc::integrity || code == Errc::not_found; }

bool is_same(const sealed::AgentClaims& a, const sealed::AgentClaims& b) {
  return a.sub == b.sub && a.name == b.name && a.cnf.noise == b.cnf.noise && a.cnf.sign == b.cnf.sign;
}

} // namespace

AgentCall::AgentCall(Context& context, session::CallSpec spec, session::CallObserver& observer)
    : context_(context), spec_(std::move(spec)), observer_(observer), api_(context) {}

AgentCall::~AgentCall() = default;

Result<void> AgentCall::start() {
  auto opened = open_link();
  if (opened) return opened;
  if (opened.error().code != Errc::server_identity || reconnected_) return opened;
  reconnected_ = true;
  api_.forget_ticket();
  return open_link();
}

Result<void> AgentCall::open_link() {
  RS_TRY(auto link, api_.open_link());
  const State& state = context_.state;
  RS_TRY(org_, sealed::verify_org_statement(state.org->statement, org_pin(*state.org)));
  if (!stale_ && !agent_) {
    const auto cached = context_.profile.cached_agent(spec_.as);
    const auto claims = cached ? sealed::verify_agent(*cached, org_, context_.clock.wall()) : Result<sealed::AgentClaims>(Error{});
    if (claims && check_target(*claims, spec_.as)) {
      agent_ = *claims;
      from_cache_ = true;
    }
  }
  resumed_ = link.server.resumed;
  challenged_ = link_closed_ = false;
  const auto& spki = link.server.spki_sha256;
  client_.emplace(session::PeerLink::Config{api_.identity(), {relay_pin(*state.relay), org_pin(*state.org), Bytes(spki.begin(), spki.end())}, {}, {}},
                  org_, context_.random, static_cast<session::Client::Events&>(*this));
  pump_.emplace(std::move(link.transport), *client_, context_.clock, [this](const Error& why) { on_link_closed(why); });
  pump_->start();
  return {};
}

void AgentCall::wake() {
  if (pump_ && !link_closed_) pump_->wake();
}

void AgentCall::on_challenged(const sealed::RelayStatement& statement) {
  challenged_ = true;
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

void AgentCall::on_error(const Error& error, const describe::Node& data) {
  port_ = nullptr;
  if (!from_cache_ || link_closed_ || !is_stale_answer(error.code)) return fail_call(error, data);
  if (committed_) {
    if (error.code == Errc::wrong_target) context_.profile.forget_agent(spec_.as);
    return fail_call(error, data);
  }
  context_.profile.forget_agent(spec_.as);
  stale_ = error;
  from_cache_ = false;
  client_->resolve(spec_.as);
}

void AgentCall::fail_call(const Error& why, const describe::Node& data) {
  if (std::exchange(over_, true)) return;
  port_ = nullptr;
  observer_.on_error(why, data);
}

// Calls have heard of it from the machine already, unless none was open yet.
void AgentCall::on_link_closed(const Error& why) {
  link_closed_ = true;
  if (over_) return;
  if (!challenged_ && resumed_ && !reconnected_ && why.code == Errc::server_identity) {
    reconnected_ = true;
    // Not from inside the pump that is going away.
    return api_.loop().reactor().post([this] {
      pump_.reset();
      client_.reset();
      api_.forget_ticket();
      if (auto again = open_link(); !again) fail_call(again.error());
    });
  }
  fail_call(why);
}

void AgentCall::cancel() {
  over_ = true;
  if (!pump_ || link_closed_) return;
  if (port_ != nullptr) client_->cancel(*std::exchange(port_, nullptr));
  pump_->close("cancelled");
  api_.loop().linger(link_closed_, kLeaveWithin);
}

} // namespace rs::cli
