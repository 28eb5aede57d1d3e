#include "agentd/services/diag/system.hpp"

#include "agentd/services/diag/cpu.hpp"
#include "agentd/services/diag/scan.hpp"

#include <sys/utsname.h>
#include <ctime>

namespace rs::agent::diag {
namespace {

std::string unquoted(std::string_view value) {
  const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
  return short_text(quoted ? value.substr(1, value.size() - 2) : value);
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::optional<std::string> machine_of(const VirtualTraces& traces) {
  struct Mark {
    std::string_view in, name;
  };
  constexpr Mark kMarks[] = {{"KVM", "kvm"},   {"VirtualBox", "virtualbox"}, {"VMware", "vmware"},
                             {"QEMU", "qemu"}, {"Amazon EC2", "amazon"},     {"Google", "google"},
                             {"Xen", "xen"},   {"Parallels", "parallels"},   {"Virtual Machine", "microsoft"}};
  for (const auto& mark : kMarks) {
    if (has(traces.product, mark.in) || has(traces.vendor, mark.in)) return std::string(mark.name);
  }
  if (traces.hypervisor) return "virtual machine";
  return std::nullopt;
}

VirtualTraces traces() {
  VirtualTraces traces;
  traces.container = read_line("/run/systemd/container").value_or("");
  traces.docker = exists("/.dockerenv");
  traces.podman = exists("/run/.containerenv");
  traces.vendor = read_line("/sys/class/dmi/id/sys_vendor").value_or("");
  traces.product = read_line("/sys/class/dmi/id/product_name").value_or("");
  const auto cpuinfo = read_text("/proc/cpuinfo").value_or("");
  for (const auto word : words_of(value_of(cpuinfo, "flags", ':').value_or(""))) traces.hypervisor |= word == "hypervisor";
  return traces;
}

std::string timezone(WallTime now) {
  if (const auto zone = zone_of_link(link_target("/etc/localtime").value_or(""))) return *zone;
  if (const auto zone = read_line("/etc/timezone")) return *zone;
  const std::time_t seconds = to_unix_seconds(now);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr || local.tm_zone == nullptr) return "UTC";
  return local.tm_zone;
}

// Debian and Ubuntu leave a file behind. Its absence means something only where a package is there that would make it.
std::optional<bool> reboot_required() {
  if (exists("/run/reboot-required") || exists("/var/run/reboot-required")) return true;
  for (const auto* maker : {"/etc/kernel/postinst.d/unattended-upgrades", "/usr/share/update-notifier/notify-reboot-required"}) {
    if (exists(maker)) return false;
  }
  return std::nullopt;
}

} // namespace

void parse_os_release(std::string_view text, session::DiagSystem& into) {
  const auto pretty = value_of(text, "PRETTY_NAME", '=');
  into.os = unquoted(pretty.value_or(value_of(text, "NAME", '=').value_or("Linux")));
  into.os_id = unquoted(value_of(text, "ID", '=').value_or("linux"));
  if (const auto version = value_of(text, "VERSION_ID", '=')) into.os_version = unquoted(*version);
}

std::optional<std::uint64_t> parse_uptime(std::string_view text) { return number_of<std::uint64_t>(cut_at(text, '.').first); }

std::optional<std::string> virtualization_of(const VirtualTraces& traces) {
  if (!traces.container.empty()) return traces.container;
  if (traces.docker) return "docker";
  if (traces.podman) return "podman";
  return machine_of(traces);
}

std::optional<std::string> zone_of_link(std::string_view target) {
  constexpr std::string_view kMark = "zoneinfo/";
  const auto at = target.find(kMark);
  if (at == std::string_view::npos || at + kMark.size() == target.size()) return std::nullopt;
  return short_text(target.substr(at + kMark.size()));
}

Result<session::DiagSystem> read_system(const Probe& probe) {
  session::DiagSystem system;
  parse_os_release(read_text("/etc/os-release").value_or(""), system);
  utsname names{};
  if (::uname(&names) == 0) {
    system.hostname = short_text(names.nodename);
    system.kernel = short_text(names.release);
    system.architecture = short_text(names.machine);
  }
  system.virtualization = virtualization_of(traces());
  system.booted = parse_boot_time(read_text("/proc/stat").value_or(""));
  system.uptime_seconds = parse_uptime(read_text("/proc/uptime").value_or(""));
  system.time = probe.clock().wall();
  system.timezone = timezone(system.time);
  system.reboot_required = reboot_required();
  return system;
}

} // namespace rs::agent::diag
