#include "daemon/posix_error.hpp"

#include "base/system_errc.hpp"

#include <system_error>

namespace rs::daemon {

Error posix_error(std::string_view what, int errno_value) {
  return fail(system_errc(errno_value), std::string(what) + ": " + std::generic_category().message(errno_value));
}

} // namespace rs::daemon
