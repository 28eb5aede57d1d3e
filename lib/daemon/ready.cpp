#include "daemon/ready.hpp"

#include "daemon/descriptor.hpp"
#include "daemon/posix_error.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace rs::daemon {

Result<void> write_ready_line(int descriptor, std::string_view line) {
  if (descriptor <= 2 || ::fcntl(descriptor, F_GETFD) == -1)
    return fail(Errc::usage, "--ready-fd " + std::to_string(descriptor) + ": no descriptor that can take the line");
  const Descriptor owned(descriptor);
  const std::string text = std::string(line) + "\n";
  if (::write(descriptor, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return posix_error("writing to --ready-fd", errno);
  return {};
}

Result<void> notify_supervisor(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || *path == '\0') return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path) return fail(Errc::io, "NOTIFY_SOCKET is too long");
  std::memcpy(address.sun_path, path, length);
  if (*path == '@') address.sun_path[0] = '\0'; // an abstract name
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  const auto sent =
      ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
  if (sent < 0) return posix_error("NOTIFY_SOCKET", errno);
  return {};
}

} // namespace rs::daemon
