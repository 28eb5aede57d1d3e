#pragma once

#include "agentd/state_dir.hpp"
#include "base/clock.hpp"
#include "crypto/random.hpp"
#include "net/proxy.hpp"

#include <optional>
#include <string>

namespace rs::agent {

struct DaemonSettings {
  StateDir state_dir; // its lock is the caller's
  std::string config_file;
  net::Environment environment; // for the proxy
  std::optional<int> ready_fd;  // gets the agent's id at the first welcome
};

// The daemon, until SIGTERM or SIGINT; SIGHUP reads the policy again. Errors of its start.
Result<void> daemon_main(const DaemonSettings& settings, const Clock& clock, crypto::Random& random);

} // namespace rs::agent
