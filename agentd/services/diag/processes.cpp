#include "agentd/services/diag/processes.hpp"

#include "agentd/services/diag/cpu.hpp"
#include "agentd/services/diag/scan.hpp"
#include "agentd/services/diag/users.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cmath>

namespace rs::agent::diag {
namespace {

struct Seen {
  ProcessStat stat;
  double cpu_percent = 0;
};
using Snapshot = std::map<std::uint32_t, Seen>;

std::string directory_of(std::uint32_t pid) { return "/proc/" + std::to_string(pid) + "/"; }

Snapshot take(const Probe& probe) {
  Snapshot processes;
  for (const auto& name : names_in("/proc")) {
    const auto pid = number_of<std::uint32_t>(name);
    if (!pid) continue;
    if (probe.is_over()) break;
    if (auto stat = parse_process_stat(read_text(directory_of(*pid) + "stat").value_or(""))) processes[*pid] = {std::move(*stat)};
  }
  return processes;
}

// A pid that has a new owner meanwhile counts from zero.
void add_usage(const Snapshot& before, Snapshot& after, double seconds, double ticks_a_second) {
  for (auto& [pid, process] : after) {
    const auto known = before.find(pid);
    const bool same = known != before.end() && known->second.stat.start_ticks == process.stat.start_ticks;
    const auto earlier = same ? known->second.stat.ticks : 0;
    const auto ticks = process.stat.ticks - std::min(process.stat.ticks, earlier);
    if (seconds > 0) process.cpu_percent = std::round(static_cast<double>(ticks) / ticks_a_second / seconds * 1000) / 10;
  }
}

// What makes a row of a snapshot's entry.
struct Describer {
  std::map<std::uint32_t, std::string> users;
  std::optional<WallTime> booted;
  std::uint64_t page_bytes = 4096;
  std::int64_t ticks_a_second = 100;

  session::DiagProcess operator()(std::uint32_t pid, const Seen& seen) const {
    session::DiagProcess row;
    row.pid = pid;
    row.name = short_text(seen.stat.name);
    row.cpu_percent = seen.cpu_percent;
    row.rss_bytes = seen.stat.rss_pages * page_bytes;
    struct stat owner{};
    if (::stat(directory_of(pid).c_str(), &owner) == 0) {
      const auto user = users.find(owner.st_uid);
      row.user = user == users.end() ? std::to_string(owner.st_uid) : user->second;
    }
    if (booted) {
      const auto after = static_cast<std::int64_t>(seen.stat.start_ticks / static_cast<std::uint64_t>(ticks_a_second));
      row.started = wall_time_of(to_unix_seconds(*booted) + after);
    }
    if (auto path = link_target(directory_of(pid) + "exe")) row.executable = OsString(path->substr(0, kMaxText));
    return row;
  }
};

Describer describer() {
  Describer out;
  for (auto& account : parse_passwd(read_text("/etc/passwd").value_or(""))) out.users.emplace(account.uid, account.name);
  out.booted = parse_boot_time(read_text("/proc/stat").value_or(""));
  out.page_bytes = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_PAGESIZE)));
  out.ticks_a_second = std::max(1L, ::sysconf(_SC_CLK_TCK));
  return out;
}

template <class Less>
std::vector<session::DiagProcess> top(const Snapshot& processes, const Describer& describe, Less comes_first) {
  std::vector<const Snapshot::value_type*> order;
  for (const auto& process : processes) order.push_back(&process);
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), kTopProcesses));
  std::partial_sort(order.begin(), end, order.end(),
                    [&](const auto* a, const auto* b) { return comes_first(a->second, b->second); });
  std::vector<session::DiagProcess> rows;
  for (auto at = order.begin(); at != end; ++at) rows.push_back(describe((*at)->first, (*at)->second));
  return rows;
}

} // namespace

// The name stands in parentheses and may hold any byte, these too.
std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  constexpr std::size_t kUserTicks = 11, kSystemTicks = 12, kStart = 19, kRss = 21; // words behind the name
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  const auto words = words_of(text.substr(close + 1));
  if (words.size() <= kRss || words[0].size() != 1) return std::nullopt;
  const auto number = [&](std::size_t at) { return number_of<std::uint64_t>(words[at]).value_or(0); };
  ProcessStat stat;
  stat.name = text.substr(open + 1, close - open - 1);
  stat.state = words[0][0];
  stat.ticks = number(kUserTicks) + number(kSystemTicks);
  stat.start_ticks = number(kStart);
  stat.rss_pages = number(kRss);
  return stat;
}

std::string_view state_name(char state) {
  switch (state) {
    case 'R': return "running";
    case 'S': return "sleeping";
    case 'D': return "waiting"; // for a disk, uninterruptible
    case 'I': return "idle";    // threads of the kernel
    case 'Z': return "zombie";
    case 'T':
    case 't': return "stopped";
    default: return "other";
  }
}

Result<session::DiagProcesses> read_processes(const Probe& probe) {
  const auto began = probe.clock().boot();
  const auto before = take(probe);
  probe.pause(kSampleTime);
  const auto sampled = std::chrono::duration<double>(probe.clock().boot() - began).count();
  auto after = take(probe);
  if (probe.is_over()) return fail(Errc::timeout, "timeout");
  if (after.empty()) return fail(Errc::unsupported, "no process is visible in /proc");
  const auto describe = describer();
  add_usage(before, after, sampled, static_cast<double>(describe.ticks_a_second));
  session::DiagProcesses processes;
  processes.total = after.size();
  for (const auto& [pid, process] : after) ++processes.states[std::string(state_name(process.stat.state))];
  processes.by_cpu = top(after, describe, [](const Seen& a, const Seen& b) {
    return std::pair(a.cpu_percent, a.stat.rss_pages) > std::pair(b.cpu_percent, b.stat.rss_pages);
  });
  processes.by_memory = top(after, describe, [](const Seen& a, const Seen& b) { return a.stat.rss_pages > b.stat.rss_pages; });
  return processes;
}

} // namespace rs::agent::diag
