#pragma once

#include "base/result.hpp"

namespace rs::daemon {

// --ready-fd N: one line, then the descriptor is closed. `usage`: 0 to 2, or nothing open there.
Result<void> write_ready_line(int descriptor, std::string_view line);

// Tells the supervisor named by $NOTIFY_SOCKET (sd_notify(3)), if any: "READY=1", "STOPPING=1", "RELOADING=1".
// `io` where there is one that cannot be reached.
Result<void> notify_supervisor(std::string_view state);

} // namespace rs::daemon
