#include "daemon/posix_error.hpp"

#include <cerrno>
#include <system_error>

namespace rs::daemon {
namespace {

Errc classify(int errno_value) {
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR: return Errc::not_found;
    case EACCES:
    case EPERM:
    case EROFS: return Errc::permission;
    case ENOSPC:
    case EDQUOT: return Errc::no_space;
    case EEXIST:
    case EADDRINUSE: return Errc::conflict;
    default: return Errc::io;
  }
}

} // namespace

Error posix_error(std::string_view what, int errno_value) {
  return fail(classify(errno_value), std::string(what) + ": " + std::generic_category().message(errno_value));
}

} // namespace rs::daemon
