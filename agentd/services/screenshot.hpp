#pragma once

#include "agentd/services/desktop_helper.hpp"
#include "base/clock.hpp"
#include "daemon/reactor.hpp"
#include "files/executor.hpp"
#include "session/service.hpp"

#include <functional>

namespace rs::agent {

inline constexpr Millis kShotStall{60'000}; // without a byte taken; then the picture is dropped

// What is known of displays.
struct DisplaySource {
  DisplayFacts own;                               // own_display_facts()
  std::function<DisplayFacts(DisplayFacts)> read; // read_display_facts(); asked on `worker`, where `own` does not decide
  files::Executor worker;
};
DisplaySource display_source(const Environment& environment, files::Executor worker);

// The row of "screen.shot". Reactor, clock and helpers outlive it, the reactor the worker too.
session::Service screenshot_service(daemon::Reactor& reactor, const Clock& clock, DesktopHelpers& helpers, DisplaySource source,
                                    Millis stall = kShotStall);

} // namespace rs::agent
