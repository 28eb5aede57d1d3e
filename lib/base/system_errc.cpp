#include "base/system_errc.hpp"

#include <cerrno>

namespace rs {

Errc system_errc(int errno_value) noexcept {
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR: return Errc::not_found; // on the way to a name; where a directory itself is wanted, the caller knows
    case EACCES:
    case EPERM:
    case EROFS: return Errc::permission;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return Errc::no_space;
    case EEXIST:
    case EISDIR:
    case ENOTEMPTY:
    case ELOOP:
    case EBUSY:
    case ETXTBSY:
    case EMLINK:
    case EADDRINUSE: return Errc::conflict;
    case EINVAL:
    case EILSEQ:
    case ENAMETOOLONG: return Errc::invalid;
    case EMFILE:
    case ENFILE: return Errc::limit;
    case ENOSYS:
    case EOPNOTSUPP:
    case EXDEV: return Errc::unsupported;
    case EIO:
    case ENODEV:
    case ENXIO:
    case ESTALE:
    default: return Errc::io;
  }
}

} // namespace rs
