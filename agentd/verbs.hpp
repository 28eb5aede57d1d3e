#pragma once

#include "agentd/options.hpp"
#include "agentd/printer.hpp"
#include "agentd/state_dir.hpp"
#include "net/proxy.hpp"

#include <functional>
#include <optional>
#include <string>

namespace rs::agent {

// What a verb takes from around it.
struct World {
  const Clock& clock;
  crypto::Random& random;
  net::Environment environment;
  std::function<Result<std::string>()> read_stdin;
};

// Each returns the exit code, and has printed its result or error.
int run_verb(const Options& options, const World& world, Printer& printer);

// agentd.KIND.v1 of status, end, block, unblock and revoke: through the daemon that runs there; what takes consent back
// works without one too. `not-found`: none runs.
Result<describe::Node> control_verb(const StateDir& state_dir, const ControlRequest& request, const Clock& clock);

} // namespace rs::agent
