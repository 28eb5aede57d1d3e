#include "agentd/services/diag/updates.hpp"

#include "agentd/services/diag/scan.hpp"

#include <sys/stat.h>
#include <algorithm>

namespace rs::agent::diag {
namespace {

bool is_security(std::string_view suites) {
  while (!suites.empty()) {
    const auto [suite, rest] = cut_at(suites, ',');
    if (suite.ends_with("-security")) return true; // Debian's and Ubuntu's; there is no field for it
    suites = rest;
  }
  return false;
}

// The stamp exists where apt's periodic jobs run; the directory changes with each refresh that brought something.
std::optional<WallTime> lists_refreshed() {
  std::optional<WallTime> newest;
  for (const auto* path : {"/var/lib/apt/periodic/update-success-stamp", "/var/lib/apt/lists"}) {
    struct stat found{};
    if (::stat(path, &found) != 0) continue;
    newest = std::max(newest, wall_time_of(found.st_mtim.tv_sec));
  }
  return newest;
}

} // namespace

session::DiagUpdates parse_upgradable(std::string_view text) {
  constexpr std::string_view kFrom = "[upgradable from: ";
  session::DiagUpdates updates;
  updates.manager = "apt";
  for (const auto line : lines_of(text)) {
    const auto from = line.find(kFrom);
    const auto words = words_of(line.substr(0, from));
    if (from == std::string_view::npos || words.size() < 2) continue;
    const auto [name, suites] = cut_at(words[0], '/');
    const auto installed = cut_at(line.substr(from + kFrom.size()), ']').first;
    updates.packages.push_back({short_text(name), short_text(installed), short_text(words[1]), is_security(suites)});
    updates.security += updates.packages.back().security ? 1 : 0;
  }
  updates.pending = updates.packages.size();
  std::ranges::sort(updates.packages, {},
                    [](const auto& package) { return std::pair(!package.security, std::string_view(package.name)); });
  cap(updates.packages, kMaxPackages, updates.left_out);
  return updates;
}

Result<session::DiagUpdates> read_updates(const Probe& probe) {
  if (!exists("/usr/bin/apt")) return fail(Errc::unsupported, "only apt is known, and it is not here");
  RS_TRY(const auto text, probe.run({"/usr/bin/apt", "list", "--upgradable"}));
  auto updates = parse_upgradable(text);
  updates.lists_refreshed = lists_refreshed();
  return updates;
}

} // namespace rs::agent::diag
