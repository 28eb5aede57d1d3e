#include "base/system_errc.hpp"

#include <cerrno>

namespace rs {

Errc system_errc(int errno_value) noexcept {
  switch (errno_value) {
    case ENOENT: return Errc::not_found;
    case EACCES:
    case EPERM:
    case EROFS: return Errc::permission;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return Errc::no_space;
    case EEXIST:
    case ENOTDIR:
    case EISDIR:
    case ENOTEMPTY:
    case ELOOP:
    case EADDRINUSE: return Errc::conflict;
    case ENAMETOOLONG: return Errc::invalid;
    case EMFILE:
    case ENFILE: return Errc::limit;
    case ENOSYS:
    case EOPNOTSUPP:
    case EXDEV: return Errc::unsupported;
    default: return Errc::io;
  }
}

} // namespace rs
