#pragma once

#include "agentd/audit_log.hpp"
#include "agentd/control_messages.hpp"
#include "agentd/state_dir.hpp"
#include "agentd/uplink.hpp"
#include "base/version.hpp"
#include "net/proxy.hpp"
#include "session/agent.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rs::agent {

// The running agent: one link, its policy, what the user took back, the audit, and what local users ask. One thread.
class App final : public session::Agent::Host, private Uplink::Owner {
 public:
  struct Settings {
    StateDir state_dir;
    std::string config_file;
    net::Environment environment; // for the proxy
    Backoff::Limits retry;
    WallTime build_time = from_unix_seconds(kBuildTime); // this machine's clock never counts below it
    // The services of one link; made anew for each, as the agent's name may have changed.
    // `policy` changes with agentd.yaml and lives as long as the app.
    std::function<std::vector<session::Service>(const AgentState&, const session::Policy& policy)> services;
    std::function<void(const AgentId&)> on_ready; // the first welcome
  };

  // Errors of what is on the disk: state, what was taken back, agentd.yaml. The caller holds the state directory's lock.
  // Reactor, clock and random outlive this.
  static Result<std::unique_ptr<App>> open(daemon::Reactor& reactor, const Clock& clock, crypto::Random& random,
                                           Settings settings);

  void start() { uplink_.start(); }
  // Sessions end and the link closes; then `done`.
  void stop(std::function<void()> done);
  // A file that is broken or gone leaves the policy as it was, with a log event.
  void reload_policy();

  // For local users. `uid` is theirs; only root may unblock (`permission`). What changes nothing is not recorded.
  Result<describe::Node> serve(const ControlRequest& request, std::uint32_t uid);
  StatusReply status();

 private:
  App(daemon::Reactor& reactor, const Clock& clock, crypto::Random& random, Settings settings, AgentState state);

  // session::Agent::Host
  const session::Policy& policy() override { return policy_; }
  const session::TakenBack& taken_back() override { return taken_back_; }
  int local_minute() override;
  void audit(session::AgentAudit record, std::function<void(Result<void>)> done) override;
  void on_welcomed(const session::PeerLink::Welcomed& welcomed) override;
  void on_relay_statement(const sealed::RelayStatement& statement) override;
  void on_goaway(Millis retry_after) override;
  void wake() override { uplink_.wake(); }

  // Uplink::Owner
  Result<net::ConnectOptions> prepare() override;
  Result<std::unique_ptr<session::Agent>> make_machine(const net::ServerIdentity& server) override;
  void on_second() override;
  void on_down(const Error& why) override;

  Result<describe::Node> end(const ControlRequest& request, bool& changed);
  Result<describe::Node> take_back(const ControlRequest& request, bool& changed);
  std::uint64_t end_sessions_of(const std::optional<std::string>& technician);
  WallTime trusted_now() const;
  void save_state();

  const Clock& clock_;
  crypto::Random& random_;
  Settings settings_;
  AgentState state_;
  session::Identity identity_; // the links' machines refer to it
  session::Policy policy_;
  session::TakenBack taken_back_;
  AuditLog audit_;
  std::optional<WallTime> connected_since_;
  bool ready_ = false;
  Uplink uplink_;
};

} // namespace rs::agent
