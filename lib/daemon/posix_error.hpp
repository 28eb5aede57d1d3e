#pragma once

#include "base/result.hpp"

namespace rs::daemon {

// The code is system_errc()'s; the message is `what` and the system's text.
Error posix_error(std::string_view what, int errno_value);

} // namespace rs::daemon
