#pragma once

#include "base/result.hpp"

namespace rs::daemon {

// What `errno_value` means to a caller: `not-found`, `permission`, `no-space`, `conflict` (exists, in use) or `io`.
// The message is `what` and the system's text.
Error posix_error(std::string_view what, int errno_value);

} // namespace rs::daemon
