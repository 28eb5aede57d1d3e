#pragma once

#include "agentd/services/exec_plan.hpp"
#include "base/clock.hpp"
#include "daemon/reactor.hpp"
#include "session/service.hpp"

namespace rs::agent {

// How long after the program's exit its output may go on: a daemon that inherits a pipe must not hang the call.
// What was in the pipe by then is still delivered, however slowly it is read.
inline constexpr Millis kOutputGrace{1000};

// The row of "exec.run". Reactor and clock outlive it.
session::Service exec_service(daemon::Reactor& reactor, const Clock& clock, ExecSettings settings);

} // namespace rs::agent
