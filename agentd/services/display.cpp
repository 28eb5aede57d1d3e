#include "agentd/services/display.hpp"

#include "base/os_string.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

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

bool is_in_front(const DisplayFacts& facts, const DisplayProcess& process) {
  return !facts.active_vt.empty() && process.vt == facts.active_vt;
}

// Of the session in front, then of the server's own user, then with a key, then of a user rather than root.
int worth(const DisplayFacts& facts, const DisplaySocket& socket, const DisplayProcess& process) {
  return (is_in_front(facts, process) ? 8 : 0) + (process.uid == socket.owner ? 4 : 0) + (process.xauthority.empty() ? 0 : 2) +
         (process.uid == kRoot ? 0 : 1);
}

// The processes through which one may get to a display, best first.
std::vector<const DisplayProcess*> processes_on(const DisplayFacts& facts, const DisplaySocket& socket) {
  std::vector<const DisplayProcess*> found;
  for (const auto& process : facts.processes) {
    const auto name = parse_display(process.display);
    if (name && name->number == socket.number && may_be_of(socket, process)) found.push_back(&process);
  }
  std::ranges::sort(found, {}, [&](const auto* process) { return std::pair(-worth(facts, socket, *process), process); });
  return found;
}

Error wayland(std::uint32_t uid) {
  return fail(Errc::unsupported,
              "the session of user " + std::to_string(uid) + " is a Wayland session; only X11 sessions can be captured");
}

// Nobody takes all the places, however many processes he has.
void add_candidate(std::vector<DisplayTarget>& candidates, DisplayTarget target) {
  const auto of_user = std::ranges::count(candidates, target.uid, &DisplayTarget::uid);
  const bool is_new = std::ranges::find(candidates, target) == candidates.end();
  if (is_new && static_cast<std::size_t>(of_user) < kMaxCandidates / 2 && candidates.size() < kMaxCandidates)
    candidates.push_back(std::move(target));
}

Result<std::vector<DisplayTarget>> targets_on(const DisplayFacts& facts, const DisplaySocket& socket,
                                              const std::string& display) {
  std::vector<DisplayTarget> candidates;
  const auto processes = processes_on(facts, socket);
  for (const auto* process : processes) {
    if (!process->is_wayland) add_candidate(candidates, {display, process->xauthority, process->uid});
  }
  if (candidates.empty() && !processes.empty()) return wayland(processes.front()->uid);
  add_candidate(candidates, {display, "", facts.own_uid == kRoot ? socket.owner : facts.own_uid});
  return candidates;
}

Result<std::vector<DisplayTarget>> wanted_display(const DisplayFacts& facts, const std::string& display) {
  const auto number = parse_display(display)->number;
  if (const auto* socket = socket_of(facts, number)) return targets_on(facts, *socket, display);
  std::string there;
  for (const auto& socket : facts.sockets) there += (there.empty() ? "" : " ") + (":" + std::to_string(socket.number));
  return fail(Errc::unsupported, "no display " + display + (there.empty() ? "; there is none" : "; there are: " + there));
}

// Smaller is better.
std::pair<bool, unsigned> rank(const DisplayFacts& facts, const DisplaySocket& socket) {
  const auto processes = processes_on(facts, socket);
  return {processes.empty() || !is_in_front(facts, *processes.front()), socket.number};
}

} // namespace

Result<void> check_display(std::string_view text) {
  if (parse_display(text)) return {};
  return fail(Errc::invalid, "display: '" + escape_for_display(text.substr(0, 64)) + "' is not :N or :N.S");
}

std::optional<DisplayTarget> own_display(const DisplayFacts& own, const std::optional<std::string>& wanted) {
  const auto name = parse_display(own.own_display);
  const auto asked = wanted ? parse_display(*wanted) : name;
  if (!name || !asked || name->number != asked->number) return std::nullopt;
  return DisplayTarget{wanted.value_or(own.own_display), own.own_xauthority, own.own_uid};
}

Result<std::vector<DisplayTarget>> choose_display(const DisplayFacts& facts, const std::optional<std::string>& wanted) {
  if (wanted) RS_CHECK(check_display(*wanted));
  if (auto own = own_display(facts, wanted)) return std::vector<DisplayTarget>{std::move(*own)};
  if (wanted) return wanted_display(facts, *wanted);
  const auto front = std::ranges::min_element(facts.sockets, {}, [&](const auto& socket) { return rank(facts, socket); });
  if (front != facts.sockets.end()) return targets_on(facts, *front, ":" + std::to_string(front->number));
  const auto session = std::ranges::find(facts.processes, true, &DisplayProcess::is_wayland);
  if (session != facts.processes.end()) return wayland(session->uid);
  return fail(Errc::unsupported, "no display; start an X server, or name one with --display");
}

} // namespace rs::agent
