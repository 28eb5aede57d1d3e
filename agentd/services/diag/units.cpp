#include "agentd/services/diag/units.hpp"

#include "agentd/services/diag/scan.hpp"

#include <algorithm>

namespace rs::agent::diag {
namespace {

int rank(const session::DiagUnit& unit) {
  if (unit.state == "failed") return 0;
  if (unit.sub == "running") return 1;
  return unit.state == "active" ? 2 : 3;
}

} // namespace

session::DiagServices parse_units(std::string_view text) {
  constexpr std::size_t kName = 0, kLoad = 1, kState = 2, kSub = 3;
  session::DiagServices services;
  for (const auto line : lines_of(text)) {
    auto words = words_of(line);
    if (!words.empty() && (words[0] == "●" || words[0] == "*")) words.erase(words.begin()); // some releases, in spite of --plain
    if (words.size() <= kSub || words[kLoad] == "not-found") continue;
    services.units.push_back({short_text(words[kName]), short_text(words[kState]), short_text(words[kSub])});
    services.failed += words[kState] == "failed" ? 1 : 0;
    services.running += words[kSub] == "running" ? 1 : 0;
  }
  services.total = services.units.size();
  std::ranges::sort(services.units, {}, [](const auto& unit) { return std::pair(rank(unit), std::string_view(unit.name)); });
  cap(services.units, kMaxUnits, services.left_out);
  return services;
}

Result<session::DiagServices> read_services(const Probe& probe) {
  if (!exists("/run/systemd/system")) return fail(Errc::unsupported, "systemd does not run here"); // sd_booted(3)
  RS_TRY(const auto text,
         probe.run({"systemctl", "list-units", "--type=service", "--all", "--plain", "--no-legend", "--no-pager", "--full"}));
  return parse_units(text);
}

} // namespace rs::agent::diag
