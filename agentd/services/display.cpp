#include "agentd/services/display.hpp"

#include "base/os_string.hpp"

#include <algorithm>
#include <charconv>

namespace rs::agent {
namespace {

constexpr unsigned kMaxNumber = 65535; // of a display, and of its screen
constexpr std::uint32_t kRoot = 0;

struct DisplayName {
  unsigned number = 0;
  unsigned screen = 0;
};

std::optional<unsigned> take_number(std::string_view& text) {
  unsigned number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || number > kMaxNumber) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<DisplayName> parse_display(std::string_view text) {
  if (!text.starts_with(':')) return std::nullopt;
  text.remove_prefix(1);
  const auto number = take_number(text);
  if (!number || text.empty()) return number ? std::optional(DisplayName{*number, 0}) : std::nullopt;
  if (text.front() != '.') return std::nullopt;
  text.remove_prefix(1);
  const auto screen = take_number(text);
  if (!screen || !text.empty()) return std::nullopt;
  return DisplayName{*number, *screen};
}

const DisplaySocket* socket_of(const DisplayFacts& facts, unsigned number) {
  const auto found = std::ranges::find(facts.sockets, number, &DisplaySocket::number);
  return found == facts.sockets.end() ? nullptr : &*found;
}

// Nobody's environment makes another user's display his own.
bool may_be_of(const DisplaySocket& socket, const DisplayProcess& process) {
  return socket.owner == kRoot || socket.owner == process.uid;
}

// One that has a key rather than not, and the user rather than root.
int worth(const DisplayProcess& process) { return (process.xauthority.empty() ? 0 : 2) + (process.uid == kRoot ? 0 : 1); }

// The process through which one gets to a display.
const DisplayProcess* process_on(const DisplayFacts& facts, const DisplaySocket& socket) {
  const DisplayProcess* best = nullptr;
  for (const auto& process : facts.processes) {
    const auto name = parse_display(process.display);
    if (!name || name->number != socket.number || !may_be_of(socket, process)) continue;
    if (best == nullptr || worth(process) > worth(*best)) best = &process;
  }
  return best;
}

Error wayland(std::uint32_t uid) {
  return fail(Errc::unsupported,
              "the session of user " + std::to_string(uid) + " is a Wayland session; only X11 sessions can be captured");
}

Result<DisplayTarget> target_on(const DisplayFacts& facts, const DisplaySocket& socket, const std::string& display) {
  const auto* process = process_on(facts, socket);
  if (process == nullptr) return DisplayTarget{display, "", facts.own_uid == kRoot ? socket.owner : facts.own_uid};
  if (process->is_wayland) return wayland(process->uid);
  return DisplayTarget{display, process->xauthority, process->uid};
}

Result<DisplayTarget> wanted_display(const DisplayFacts& facts, const std::string& display) {
  RS_CHECK(check_display(display));
  const auto number = parse_display(display)->number;
  if (const auto own = parse_display(facts.own_display); own && own->number == number)
    return DisplayTarget{display, facts.own_xauthority, facts.own_uid};
  if (const auto* socket = socket_of(facts, number)) return target_on(facts, *socket, display);
  std::string there;
  for (const auto& socket : facts.sockets) there += (there.empty() ? "" : " ") + (":" + std::to_string(socket.number));
  return fail(Errc::unsupported, "no display " + display + (there.empty() ? "; there is none" : "; there are: " + there));
}

// Smaller is better.
std::pair<bool, unsigned> rank(const DisplayFacts& facts, const DisplaySocket& socket) {
  const auto* process = process_on(facts, socket);
  const bool in_front = process != nullptr && !facts.active_vt.empty() && process->vt == facts.active_vt;
  return {!in_front, socket.number};
}

} // namespace

Result<void> check_display(std::string_view text) {
  if (parse_display(text)) return {};
  return fail(Errc::invalid, "display: '" + escape_for_display(text.substr(0, 64)) + "' is not :N or :N.S");
}

Result<DisplayTarget> choose_display(const DisplayFacts& facts, const std::optional<std::string>& wanted) {
  if (wanted) return wanted_display(facts, *wanted);
  if (parse_display(facts.own_display)) return DisplayTarget{facts.own_display, facts.own_xauthority, facts.own_uid};
  const auto front = std::ranges::min_element(facts.sockets, {}, [&](const auto& socket) { return rank(facts, socket); });
  if (front != facts.sockets.end()) return target_on(facts, *front, ":" + std::to_string(front->number));
  const auto session = std::ranges::find(facts.processes, true, &DisplayProcess::is_wayland);
  if (session != facts.processes.end()) return wayland(session->uid);
  return fail(Errc::unsupported, "no display; start an X server, or name one with --display");
}

} // namespace rs::agent
