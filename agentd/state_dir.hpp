#pragma once

#include "agentd/state.hpp"
#include "daemon/files.hpp"
#include "session/policy.hpp"

#include <optional>
#include <string>

namespace rs::agent {

inline constexpr std::string_view kSystemStateDir = "/var/lib/agentd";

// Where root, or else this user, keeps state and configuration.
std::string default_state_dir();
std::string default_config_file();

// The state directory: 0711, so that every local user reaches the control socket; its files are 0600. Every write
// replaces a file at once and is on the disk when it returns.
class StateDir {
 public:
  static Result<StateDir> open(std::string path);                 // made where missing
  explicit StateDir(std::string path) : path_(std::move(path)) {} // as it is, or is not

  const std::string& path() const { return path_; }
  std::string socket() const { return path_ + "/agentd.sock"; }
  std::string audit_file() const { return path_ + "/audit.jsonl"; }
  std::string tickets() const { return path_ + "/tickets"; }

  // Whoever changes files here holds it: the daemon as long as it runs. `conflict`: another process does.
  Result<daemon::FileLock> lock() const;

  Result<std::optional<AgentState>> load_state() const; // nothing: not enrolled
  Result<void> save_state(const AgentState& state) const;
  Result<std::optional<PendingEnrolment>> load_pending_enrolment() const;
  Result<void> save_pending_enrolment(const PendingEnrolment& pending) const;
  void remove_pending_enrolment() const;
  Result<session::TakenBack> load_taken_back() const;
  Result<void> save_taken_back(const session::TakenBack& taken_back) const;

 private:
  std::string path_;
};

// agentd.yaml. Nothing where there is no such file; errors name it.
Result<std::optional<session::Policy>> load_policy(const std::string& path);

} // namespace rs::agent
