#include "agentd/desktop/helper_server.hpp"
#include "base/version.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

using namespace rs;

int refuse(const Error& error) {
  std::fprintf(stderr, "agentd-desktop: %s: %s\n", std::string(name(error.code)).c_str(), error.message.c_str());
  return exit_code(error.code);
}

bool is_socket(int descriptor) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

} // namespace

// Started by agentd with a socket as stdin and the display in DISPLAY; as the user whose display it is.
int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--version")
    return std::printf("agentd-desktop %s\n", std::string(kVersion).c_str()) < 0;
  if (argc != 1 || !is_socket(STDIN_FILENO))
    return refuse(fail(Errc::usage, "agentd starts this program; it is of no use by hand"));
  ::prctl(PR_SET_PDEATHSIG, SIGKILL); // even where a call to the X server hangs
  std::signal(SIGPIPE, SIG_IGN);
  const char* display = std::getenv("DISPLAY");
  if (display == nullptr) return refuse(fail(Errc::usage, "DISPLAY is not set"));
  desktop::HelperServer server(STDIN_FILENO, [display] { return desktop::open_x11_desktop(display); });
  const auto done = server.run();
  return done ? 0 : refuse(done.error());
}
