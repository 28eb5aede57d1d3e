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

  // Connects (blocking) and starts; everything further happens while the loop runs.
  Result<void> start();
  Loop& loop() { return api_.loop(); }

  // Null until the call is open, and after its end.
  session::CallPort* port() { return port_; }
  // Something was sent outside of the observer's calls.
  void wake();
  // The user's stream has begun: from now on a second try would not see it whole.
  void committed() { committed_ = true; }
  // Leaves in order: the agent stops the work.
  void cancel();

 private:
  Result<void> open_link();
  void on_challenged(const sealed::RelayStatement& statement) override;
  void on_welcomed(const sealed::OrgStatement&) override {}
  void on_resolved(std::uint64_t, Result<sealed::AgentClaims> agent, std::string certificate, bool online) override;
  void on_progress(describe::Node document) override;
  void on_data(std::uint8_t kind, session::InData data) override;
  void on_end(std::uint8_t kind) override { observer_.on_end(kind); }
  void on_writable() override { observer_.on_writable(); }
  void on_result(describe::Node document) override;
  void on_error(const Error& error, const describe::Node& data) override;

  void open_call();
  void keep_statement(const sealed::RelayStatement& statement);
  void on_link_closed(const Error& why);
  void fail_call(const Error& why, const describe::Node& data = {});

  Context& context_;
  session::CallSpec spec_;
  session::CallObserver& observer_;
  Api api_;
  sealed::OrgStatement org_;
  std::optional<sealed::AgentClaims> agent_;
  bool from_cache_ = false;
  bool committed_ = false;
  bool over_ = false;
  bool link_closed_ = false;
  bool resumed_ = false;
  bool challenged_ = false;
  bool reconnected_ = false;
  std::optional<Error> stale_; // what the cached certificate led to
  session::CallPort* port_ = nullptr;
  std::optional<session::Client> client_;
  std::optional<net::Pump<session::Client>> pump_;
};

} // namespace rs::cli
