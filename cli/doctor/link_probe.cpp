#include "cli/doctor/link_probe.hpp"

#include "cli/targets.hpp"
#include "cli/trust.hpp"

namespace rs::cli::doctor {
namespace {

constexpr Millis kAnswerWithin{10'000};

} // namespace

Result<void> LinkProbe::open() {
  const auto start = context_.clock.boot();
  RS_TRY(auto link, api_.open_link());
  upgrade_time_ = context_.clock.boot() - start;
  const State& state = context_.state;
  RS_TRY(auto org, pinned_org(state));
  const auto& spki = link.server.spki_sha256;
  session::LinkTrust trust{relay_pin(*state.relay), org_pin(*state.org), Bytes(spki.begin(), spki.end())};
  client_.emplace(session::PeerLink::Config{api_.identity(), std::move(trust), {}, {}}, std::move(org), context_.random,
                  static_cast<session::Client::Events&>(*this));
  pump_.emplace(std::move(link.transport), *client_, context_.clock, [this](const Error& why) { on_link_closed(why); });
  pump_->start();
  return wait("the relay's welcome");
}

Result<void> LinkProbe::wait(std::string_view what) {
  daemon::Reactor::Timer timer(api_.loop().reactor());
  timer.after(kAnswerWithin, [this, what = std::string(what)] {
    outcome_ = fail(Errc::timeout, what + " did not come within " + format_duration(kAnswerWithin));
    done_ = true;
  });
  RS_CHECK(api_.loop().run_until(done_));
  return outcome_;
}

Result<Millis> LinkProbe::reach(const sealed::AgentClaims& agent) {
  RS_CHECK(outcome_); // the link may be gone already
  done_ = false;
  const auto start = context_.clock.boot();
  client_->open_session(SessionId::from_random(context_.random.array<kIdRandomBytes>()), agent);
  pump_->wake();
  RS_CHECK(wait("the agent's answer"));
  return context_.clock.boot() - start;
}

void LinkProbe::on_welcomed(const sealed::OrgStatement&) {
  welcome_time_ = context_.clock.boot() - challenged_at_;
  done_ = true;
}

void LinkProbe::on_session_answered(const SessionId&, const Result<void>& answer) {
  outcome_ = answer;
  done_ = true;
}

void LinkProbe::on_link_closed(const Error& why) {
  if (outcome_) outcome_ = why;
  done_ = true;
}

} // namespace rs::cli::doctor
