#pragma once

#include "agentd/services/desktop_helper.hpp"
#include "base/clock.hpp"
#include "daemon/reactor.hpp"
#include "session/service.hpp"

#include <functional>

namespace rs::agent {

// The row of "screen.shot". `facts` is asked at each call. Reactor, clock and helpers outlive it.
session::Service screenshot_service(daemon::Reactor& reactor, const Clock& clock, DesktopHelpers& helpers,
                                    std::function<DisplayFacts()> facts);

} // namespace rs::agent
