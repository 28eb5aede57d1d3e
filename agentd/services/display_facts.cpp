#include "agentd/services/display.hpp"

#include "agentd/services/program_path.hpp"
#include "daemon/descriptor.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>

namespace rs::agent {
namespace {

constexpr std::size_t kMaxEnvironment = 256 << 10; // bytes of one process that are looked at
constexpr const char* kSockets = "/tmp/.X11-unix";

std::optional<unsigned> number_in(std::string_view text) {
  unsigned number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), ::closedir);
  if (!open) return names;
  while (const auto* entry = ::readdir(open.get())) names.emplace_back(entry->d_name);
  return names;
}

std::string first_bytes(const std::string& path, std::size_t most) {
  const daemon::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  std::string text;
  while (file && text.size() < most) {
    char room[16 << 10];
    const auto got = ::read(file.get(), room, std::min(sizeof room, most - text.size()));
    if (got <= 0) break;
    text.append(room, static_cast<std::size_t>(got));
  }
  return text;
}

std::vector<std::string> split_at_nul(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\0', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// Nothing: it has no display, or we may not know.
std::optional<DisplayProcess> read_process(const std::string& pid) {
  const auto directory = "/proc/" + pid;
  struct stat info{};
  if (::stat(directory.c_str(), &info) != 0) return std::nullopt;
  const auto environment = split_at_nul(first_bytes(directory + "/environ", kMaxEnvironment));
  DisplayProcess process;
  process.uid = info.st_uid;
  process.display = env_value(environment, "DISPLAY");
  process.is_wayland = !env_value(environment, "WAYLAND_DISPLAY").empty();
  if (process.display.empty() && !process.is_wayland) return std::nullopt;
  process.xauthority = env_value(environment, "XAUTHORITY");
  process.vt = env_value(environment, "XDG_VTNR");
  return process;
}

// A server that died leaves its socket behind. One that is busy still counts.
bool is_listening(const std::string& path) {
  const daemon::Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!probe || path.size() >= sizeof address.sun_path) return false;
  std::ranges::copy(path, address.sun_path);
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN ||
         errno == EACCES;
}

std::optional<DisplaySocket> read_socket(const std::string& name) {
  const auto number = name.starts_with('X') ? number_in(std::string_view(name).substr(1)) : std::nullopt;
  const auto path = std::string(kSockets) + "/" + name;
  struct stat info{};
  if (!number || ::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode) || !is_listening(path)) return std::nullopt;
  return DisplaySocket{*number, info.st_uid};
}

std::string active_vt() {
  auto text = first_bytes("/sys/class/tty/tty0/active", 64); // "tty2\n"
  text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
  return text.starts_with("tty") ? text.substr(3) : "";
}

} // namespace

DisplayFacts own_display_facts(const Environment& environment) {
  DisplayFacts facts;
  facts.own_uid = ::geteuid();
  facts.own_display = environment("DISPLAY").value_or("");
  facts.own_xauthority = environment("XAUTHORITY").value_or("");
  return facts;
}

DisplayFacts read_display_facts(DisplayFacts own) {
  auto facts = std::move(own);
  for (const auto& pid : names_in("/proc")) {
    if (!number_in(pid)) continue;
    auto process = read_process(pid);
    if (process && (facts.own_uid == 0 || process->uid == facts.own_uid)) facts.processes.push_back(std::move(*process));
  }
  for (const auto& name : names_in(kSockets)) {
    if (const auto socket = read_socket(name)) facts.sockets.push_back(*socket);
  }
  facts.active_vt = active_vt();
  return facts;
}

} // namespace rs::agent
