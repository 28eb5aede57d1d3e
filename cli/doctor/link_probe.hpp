#pragma once

#include "cli/api.hpp"
#include "net/pump.hpp"
#include "session/client.hpp"

#include <optional>

namespace rs::cli::doctor {

// One link to the relay, and the handshake of a session with one agent: nothing that an agent would show, allow or
// record, as no sealed frame follows.
class LinkProbe final : session::Client::Events {
 public:
  explicit LinkProbe(Context& context) : context_(context), api_(context) {}

  // Upgrades, and waits for the relay's welcome. `server-identity`: the relay's first frame is another relay's.
  Result<void> open();
  Millis upgrade_time() const { return upgrade_time_; }
  Millis welcome_time() const { return welcome_time_; } // from hello to welcome: one round trip and the relay's work
  // After open(): until the agent itself has answered the handshake.
  Result<Millis> reach(const sealed::AgentClaims& agent);

 private:
  void on_challenged(const sealed::RelayStatement&) override { challenged_at_ = context_.clock.boot(); }
  void on_welcomed(const sealed::OrgStatement&) override;
  void on_resolved(std::uint64_t, Result<sealed::AgentClaims>, std::string, bool) override {}
  void on_session_answered(const SessionId&, const Result<void>& answer) override;
  void on_link_closed(const Error& why);
  Result<void> wait(std::string_view what); // for done_

  Context& context_;
  Api api_;
  BootTime challenged_at_{};
  Millis upgrade_time_{}, welcome_time_{};
  bool done_ = false;
  Result<void> outcome_;
  std::optional<session::Client> client_;
  std::optional<net::Pump<session::Client>> pump_;
};

} // namespace rs::cli::doctor
