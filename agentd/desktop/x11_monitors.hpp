#pragma once

#include "agentd/desktop/x11_connection.hpp"
#include "desktop/desktop.hpp"

namespace rs::desktop {

// RandR's monitors (1.5), or its outputs that are on (1.3). None where the server has no RandR.
Result<std::vector<Screen>> x11_monitors(const X11Connection& connection);

} // namespace rs::desktop
