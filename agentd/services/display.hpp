#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Which X display a picture is taken of, and as whom.
namespace rs::agent {

// A program that has a display in its environment.
struct DisplayProcess {
  std::uint32_t uid = 0;
  std::string display;    // ":0"; "" where it has none
  std::string xauthority; // "" where it has none
  std::string vt;         // XDG_VTNR: the virtual terminal of its session
  bool is_wayland = false;
};

// A listening socket in /tmp/.X11-unix.
struct DisplaySocket {
  unsigned number = 0;
  std::uint32_t owner = 0;
};

// What is known of this machine.
struct DisplayFacts {
  std::uint32_t own_uid = 0;
  std::string own_display; // the daemon's own DISPLAY and XAUTHORITY
  std::string own_xauthority;
  std::vector<DisplayProcess> processes;
  std::vector<DisplaySocket> sockets;
  std::string active_vt; // the number of the one that is in front; "" where unknown
};

struct DisplayTarget {
  std::string display;
  std::string xauthority; // "": none is needed, or the user's default
  std::uint32_t uid = 0;  // whose it is
  friend bool operator==(const DisplayTarget&, const DisplayTarget&) = default;
};

// ":N" or ":N.S" with small numbers; `invalid`: anything else, as it would lead to another machine or into a path.
Result<void> check_display(std::string_view text);

inline constexpr std::size_t kMaxCandidates = 4; // ways into one display that are tried; of one user half of them

// The ways into one display, in the order in which they are tried: anybody may have any display in his environment, so the
// first need not be the right one. The display: `wanted`, else the daemon's own, else that of the session in front, else the
// lowest number. It counts as its process's only where the X server was started by root or by the same user. Never empty;
// `unsupported` where there is none.
Result<std::vector<DisplayTarget>> choose_display(const DisplayFacts& facts, const std::optional<std::string>& wanted);

// Where the daemon's own display decides, and no other fact counts.
std::optional<DisplayTarget> own_display(const DisplayFacts& own, const std::optional<std::string>& wanted);

// What the daemon's own environment says; cheap.
using Environment = std::function<std::optional<std::string>(std::string_view)>;
DisplayFacts own_display_facts(const Environment& environment);
// All of them: reads /proc and /tmp/.X11-unix, as root of all users, else of this one. May block.
DisplayFacts read_display_facts(DisplayFacts own);

} // namespace rs::agent
