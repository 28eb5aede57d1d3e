#pragma once

#include "cli/api.hpp"
#include "net/pump.hpp"
#include "session/client.hpp"

#include <optional>

namespace rs::cli {

// One call to one agent over one link: connects, finds the agent (its certificate is cached, a miss is asked for in
// hello's flight), opens session and call in the same flight, and hands the call's events on. A cached certificate that
// turns out to be stale is asked for again, once, as long as nothing has left for the agent.
class AgentCall final : session::Client::Events, session::CallObserver {
 public:
  // `spec.as` is the agent as the user named it. `observer` and `context` outlive this.
  AgentCall(Context& context, session::CallSpec spec, session::CallObserver& observer);
  ~AgentCall();

  // Connects and runs until finish(). `timeout`, `interrupted`, or why there is no link; what becomes of the call is the
  // observer's to hear.
  Result<void> run();
  void finish();
  // Leaves in order: the agent stops the work.
  void cancel();
  daemon::Reactor& reactor() { return api_.loop().reactor(); }

  // Null until the call is open, and after its end.
  session::CallPort* port() { return port_; }
  unsigned attempt() const { return attempt_; } // counts the calls that were opened
  // Something was sent outside of the observer's calls.
  void wake();
  // The user's stream has begun: from now on a second try would not see it whole.
  void commit() { committed_ = true; }

 private:
  Result<void> open_link();
  Result<void> reconnect();
  void use_cached_agent();
  void on_challenged(const sealed::RelayStatement& statement) override;
  void on_welcomed(const sealed::OrgStatement&) override {}
  void on_resolved(std::uint64_t, Result<sealed::AgentClaims> agent, std::string certificate, bool online) override;
  void on_progress(describe::Node document) override;
  void on_data(std::uint8_t kind, session::InData data) override;
  void on_end(std::uint8_t kind) override { observer_.on_end(kind); }
  void on_writable() override;
  void on_result(describe::Node document) override;
  void on_error(const Error& error, const describe::Node& data) override;

  void open_call();
  void keep_statement(const sealed::RelayStatement& statement);
  void on_link_closed(const Error& why);
  void fail_call(const Error& why, const describe::Node& data = {});

  bool is_stale_answer(const Error& error) const;

  Context& context_;
  session::CallSpec spec_;
  session::CallObserver& observer_;
  Api api_;
  sealed::OrgStatement org_;
  std::optional<sealed::AgentClaims> agent_;
  bool from_cache_ = false; // agent_ is what an earlier command learned
  bool answered_ = false;   // the agent has taken the call's circuit
  bool committed_ = false;
  bool over_ = false;      // the observer has heard the end
  bool attention_ = false; // run() has something to do
  bool finished_ = false;
  bool link_closed_ = false;
  bool resumed_ = false;
  bool reconnected_ = false;
  unsigned attempt_ = 0;
  std::optional<Error> stale_; // what the cached certificate led to
  session::CallPort* port_ = nullptr;
  std::optional<session::Client> client_;
  std::optional<net::Pump<session::Client>> pump_;
};

} // namespace rs::cli
