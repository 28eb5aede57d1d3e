#pragma once

#include "session/service.hpp"

#include <functional>

namespace rs::agent {

// The same service, whose handlers call `wake` whenever they have queued something: their output comes from pipes and
// timers, outside of any input of the link.
session::Service waking(session::Service service, std::function<void()> wake);

} // namespace rs::agent
