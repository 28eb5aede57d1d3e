#include "agentd/services/diag/cpu.hpp"
#include "agentd/services/diag/disks.hpp"
#include "agentd/services/diag/logs.hpp"
#include "agentd/services/diag/memory.hpp"
#include "agentd/services/diag/network.hpp"
#include "agentd/services/diag/processes.hpp"
#include "agentd/services/diag/scan.hpp"
#include "agentd/services/diag/sections.hpp"
#include "agentd/services/diag/sockets.hpp"
#include "agentd/services/diag/system.hpp"
#include "agentd/services/diag/units.hpp"
#include "agentd/services/diag/updates.hpp"
#include "agentd/services/diag/users.hpp"
#include "base/assert.hpp"

// Whatever the system's files and programs say: the report is a document that both ends read alike, and it fits.
namespace {

using namespace rs;
using namespace rs::agent::diag;

session::DiagReport report_of(std::string_view text) {
  session::DiagReport report;
  report.system.emplace();
  parse_os_release(text, *report.system);
  report.system->booted = parse_boot_time(text);
  report.system->uptime_seconds = parse_uptime(text);
  report.system->timezone = zone_of_link(text).value_or("UTC");
  report.cpu.emplace();
  parse_cpuinfo(text, *report.cpu);
  parse_loadavg(text, *report.cpu);
  if (const auto times = parse_cpu_times(text)) report.cpu->usage_percent = usage_percent({}, *times);
  report.memory = parse_meminfo(text);
  report.memory->pressure = parse_pressure(text);
  report.disks.emplace();
  report.disks->mounts = parse_mounts(text);
  report.services = parse_units(text);
  report.updates = parse_upgradable(text);
  report.logs = newest_lines("syslog", lines_about_errors(text));
  if (auto line = parse_kernel_record(text)) report.logs->lines.push_back(*line);
  return report;
}

void add_users(std::string_view text, session::DiagReport& report) {
  auto& users = report.users.emplace();
  users.accounts = parse_passwd(text);
  users.logged_in = parse_utmp(as_bytes(text));
  for (auto& login : parse_sessions(text)) users.logged_in.push_back(std::move(login));
  for (const auto& account : users.accounts) RS_ASSERT(!account.name.empty() && account.name.size() <= kMaxText);
}

void add_network(std::string_view text, session::DiagReport& report) {
  auto& network = report.network.emplace();
  for (const auto& [name, counters] : parse_net_dev(text)) {
    network.interfaces.emplace_back();
    network.interfaces.back().name = name;
    network.interfaces.back().rx_bytes = counters.rx_bytes;
  }
  network.default_routes = parse_routes_v4(text);
  for (auto& route : parse_routes_v6(text)) network.default_routes.push_back(std::move(route));
  network.dns = parse_resolv_conf(text);
  for (const bool is_tcp : {true, false}) {
    for (auto& socket : parse_sockets(text, is_tcp)) {
      RS_ASSERT(socket.port != 0 && !socket.address.empty());
      network.listening.push_back({"tcp", std::move(socket.address), socket.port, {}, {}});
    }
  }
  // Lists that the readers cap.
  cap(network.default_routes, kMaxRoutes, network.left_out);
  cap(network.dns, kMaxDnsServers, network.left_out);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text({data, size});
  auto report = report_of(text);
  add_users(text, report);
  add_network(text, report);
  if (const auto stat = parse_process_stat(text)) RS_ASSERT(!state_name(stat->state).empty());
  fit(report);
  const auto json = describe::to_json(report);
  RS_ASSERT(json.size() <= session::kMaxDiagReport);
  const auto again = describe::from_json<session::DiagReport>(json, describe::Unknown::refuse);
  RS_ASSERT(again && describe::to_json(*again) == json);
  return 0;
}
