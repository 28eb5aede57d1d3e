#pragma once

#include "base/errc.hpp"

namespace rs {

// What an error number of the system (errno) means to a caller. The one place that says it.
Errc system_errc(int errno_value) noexcept;

} // namespace rs
