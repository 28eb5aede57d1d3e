#pragma once

#include "agentd/services/diag/probe.hpp"
#include "session/diag_messages.hpp"

namespace rs::agent::diag {

// /etc/os-release; values may be quoted (os-release(5)).
void parse_os_release(std::string_view text, session::DiagSystem& into);
std::optional<std::uint64_t> parse_uptime(std::string_view text); // /proc/uptime, whole seconds

// What tells a container or a virtual machine, as the system's files have it.
struct VirtualTraces {
  std::string container;   // /run/systemd/container
  bool docker = false;     // /.dockerenv
  bool podman = false;     // /run/.containerenv
  std::string vendor;      // /sys/class/dmi/id/sys_vendor
  std::string product;     // /sys/class/dmi/id/product_name
  bool hypervisor = false; // a flag of the processor
};
std::optional<std::string> virtualization_of(const VirtualTraces& traces);
// "../usr/share/zoneinfo/Europe/Berlin" → "Europe/Berlin"; nothing where it names no zone.
std::optional<std::string> zone_of_link(std::string_view target);

Result<session::DiagSystem> read_system(const Probe& probe);

} // namespace rs::agent::diag
