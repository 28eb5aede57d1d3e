#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xcb/xcb.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace rs::test {

// A real X server without a screen (Xvfb), on a display number that it picks itself; killed at the end.
class XServer {
 public:
  explicit XServer(const std::string& screen = "320x240x24", std::vector<std::string> more = {}) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    std::vector<std::string> argv = {"Xvfb", "-displayfd", "9", "-screen", "0", screen, "-nolisten", "tcp", "-noreset"};
    argv.insert(argv.end(), more.begin(), more.end());
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], 9);
      ::fcntl(9, F_SETFD, 0); // dup2 leaves it where the two are one
      const int null = ::open("/dev/null", O_WRONLY);
      ::dup2(null, 2);
      std::vector<char*> pointers;
      for (auto& word : argv) pointers.push_back(word.data());
      pointers.push_back(nullptr);
      ::execvp("Xvfb", pointers.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    std::string number;
    pollfd waiting{ends[0], POLLIN, 0};
    for (char c = 0; ::poll(&waiting, 1, 30'000) > 0 && ::read(ends[0], &c, 1) == 1 && c != '\n';) number += c;
    ::close(ends[0]);
    if (!number.empty()) display_ = ":" + number;
  }
  ~XServer() { end(SIGTERM); } // so that it takes its socket with it
  XServer(const XServer&) = delete;
  XServer& operator=(const XServer&) = delete;

  bool runs() const { return !display_.empty(); }
  const std::string& display() const { return display_; }
  void signal(int number) const { ::kill(pid_, number); }
  void kill() { end(SIGKILL); }

  // The whole screen in one colour, 0xRRGGBB, and a rectangle in another. The pointer goes to the given place.
  bool paint(std::uint32_t colour, std::uint32_t other = 0, xcb_rectangle_t at = {}, std::int16_t pointer = 300) const {
    auto* connection = xcb_connect(display_.c_str(), nullptr);
    if (xcb_connection_has_error(connection) != 0) return xcb_disconnect(connection), false;
    const auto* screen = xcb_setup_roots_iterator(xcb_get_setup(connection)).data;
    xcb_change_window_attributes(connection, screen->root, XCB_CW_BACK_PIXEL, &colour);
    xcb_clear_area(connection, 0, screen->root, 0, 0, 0, 0);
    const auto gc = xcb_generate_id(connection);
    xcb_create_gc(connection, gc, screen->root, XCB_GC_FOREGROUND, &other);
    xcb_poly_fill_rectangle(connection, screen->root, gc, 1, &at);
    xcb_warp_pointer(connection, XCB_NONE, screen->root, 0, 0, 0, 0, pointer, 200);
    std::free(xcb_get_input_focus_reply(connection, xcb_get_input_focus(connection), nullptr)); // all of it is done now
    xcb_disconnect(connection);
    return true;
  }

 private:
  void end(int signal) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal);
    ::kill(pid_, SIGCONT);
    ::waitpid(std::exchange(pid_, -1), nullptr, 0);
  }

  pid_t pid_ = -1;
  std::string display_;
};

} // namespace rs::test
