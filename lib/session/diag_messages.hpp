#pragma once

#include "base/clock.hpp"
#include "base/os_string.hpp"
#include "describe/codec.hpp"
#include "describe/describe.hpp"
#include "wire/limits.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// "diag.read": how a machine is, in sections. Never arguments or environments of processes, never password hashes.
namespace rs::session {

inline constexpr std::string_view kDiagCall = "diag.read";
inline constexpr std::size_t kMaxDiagReport = wire::kMaxDocument - 1024; // bytes of it as JSON; longer lists are cut
inline constexpr Millis kDiagTime{20'000};                               // then what is missing is `unavailable`

enum class DiagSection { system, cpu, memory, disks, network, processes, services, users, updates, logs };
RS_DESCRIBE_ENUM(DiagSection, system, cpu, memory, disks, network, processes, services, users, updates, logs)

struct DiagParams {
  describe::Defaulted<std::vector<DiagSection>> sections; // none: all
};
RS_DESCRIBE(DiagParams, sections)

// In all sections an optional member that is missing could not be known, `left_out` counts the items that are not in the
// section's lists for their number, and percentages are 0 to 100.

struct DiagSystem {
  std::string hostname;
  std::string os; // "Debian GNU/Linux 12 (bookworm)"
  std::string os_id;
  std::optional<std::string> os_version;
  std::string kernel; // release
  std::string architecture;
  std::optional<std::string> virtualization; // "kvm", "docker", …
  std::optional<WallTime> booted;
  std::optional<std::uint64_t> uptime_seconds;
  WallTime time;
  std::string timezone; // "Europe/Berlin", or an abbreviation where only that is known
  std::optional<bool> reboot_required;
};
RS_DESCRIBE(DiagSystem, hostname, os, os_id, os_version, kernel, architecture, virtualization, booted, uptime_seconds, time,
            timezone, reboot_required)

struct DiagTemperature {
  std::string sensor;
  double celsius = 0;
};
RS_DESCRIBE(DiagTemperature, sensor, celsius)

struct DiagCpu {
  std::optional<std::string> model;
  std::uint32_t logical = 0;
  std::optional<std::uint32_t> physical; // cores
  std::optional<double> load_1;
  std::optional<double> load_5;
  std::optional<double> load_15;
  std::optional<double> usage_percent; // of all, over a short sample
  std::vector<DiagTemperature> temperatures;
};
RS_DESCRIBE(DiagCpu, model, logical, physical, load_1, load_5, load_15, usage_percent, temperatures)

// Share of the time in which some or all tasks waited for memory (the kernel's Documentation/accounting/psi.rst).
struct DiagPressure {
  double some_10s = 0;
  double some_60s = 0;
  double some_300s = 0;
  double full_10s = 0;
  double full_60s = 0;
  double full_300s = 0;
};
RS_DESCRIBE(DiagPressure, some_10s, some_60s, some_300s, full_10s, full_60s, full_300s)

struct DiagMemory {
  std::uint64_t total_bytes = 0;
  std::uint64_t available_bytes = 0;
  std::uint64_t used_bytes = 0; // total less available
  std::uint64_t swap_total_bytes = 0;
  std::uint64_t swap_used_bytes = 0;
  std::optional<DiagPressure> pressure;
};
RS_DESCRIBE(DiagMemory, total_bytes, available_bytes, used_bytes, swap_total_bytes, swap_used_bytes, pressure)

struct DiagMount {
  OsString target;
  OsString source;
  std::string type;
  std::optional<std::uint64_t> size_bytes;
  std::optional<std::uint64_t> used_bytes;
  std::optional<std::uint64_t> available_bytes; // to users who are not root
  std::optional<double> used_percent;
  std::optional<std::uint64_t> inodes;
  std::optional<std::uint64_t> inodes_used;
  bool read_only = false;
  std::optional<std::string> unavailable; // why there are no figures
};
RS_DESCRIBE(DiagMount, target, source, type, size_bytes, used_bytes, available_bytes, used_percent, inodes, inodes_used,
            read_only, unavailable)

struct DiagDisks {
  std::vector<DiagMount> mounts; // of filesystems that hold data
  std::uint64_t left_out = 0;
};
RS_DESCRIBE(DiagDisks, mounts, left_out)

struct DiagInterface {
  std::string name;
  std::optional<std::string> state; // the kernel's word: "up", "down", "unknown"
  std::optional<std::string> mac;
  std::optional<std::uint32_t> mtu;
  std::vector<std::string> addresses; // with prefix length
  std::optional<std::uint64_t> rx_bytes;
  std::optional<std::uint64_t> tx_bytes;
};
RS_DESCRIBE(DiagInterface, name, state, mac, mtu, addresses, rx_bytes, tx_bytes)

struct DiagRoute {
  std::string gateway; // "0.0.0.0" or "::": none, the link itself
  std::string interface;
  std::uint32_t metric = 0;
};
RS_DESCRIBE(DiagRoute, gateway, interface, metric)

struct DiagListener {
  std::string protocol; // "tcp" or "udp"
  std::string address;
  std::uint16_t port = 0;
  std::optional<std::uint32_t> pid;
  std::optional<std::string> process;
};
RS_DESCRIBE(DiagListener, protocol, address, port, pid, process)

struct DiagNetwork {
  std::vector<DiagInterface> interfaces;
  std::vector<DiagRoute> default_routes;
  std::vector<std::string> dns;
  std::vector<DiagListener> listening;
  std::uint64_t left_out = 0;
};
RS_DESCRIBE(DiagNetwork, interfaces, default_routes, dns, listening, left_out)

struct DiagProcess {
  std::uint32_t pid = 0;
  std::string user;       // or the number, where no local account has it
  std::string name;       // as the kernel shortens it
  double cpu_percent = 0; // of one processor, over a short sample
  std::uint64_t rss_bytes = 0;
  std::optional<WallTime> started;
  std::optional<OsString> executable;
};
RS_DESCRIBE(DiagProcess, pid, user, name, cpu_percent, rss_bytes, started, executable)

struct DiagProcesses {
  std::uint64_t total = 0;
  std::map<std::string, std::uint64_t> states;
  std::vector<DiagProcess> by_cpu; // the first of them
  std::vector<DiagProcess> by_memory;
};
RS_DESCRIBE(DiagProcesses, total, states, by_cpu, by_memory)

struct DiagUnit {
  std::string name;
  std::string state; // "active", "failed", …
  std::string sub;   // "running", "exited", …
};
RS_DESCRIBE(DiagUnit, name, state, sub)

struct DiagServices {
  std::uint64_t total = 0;
  std::uint64_t running = 0;
  std::uint64_t failed = 0;
  std::vector<DiagUnit> units; // failed ones first, then those that run
  std::uint64_t left_out = 0;
};
RS_DESCRIBE(DiagServices, total, running, failed, units, left_out)

struct DiagLogin {
  std::string user;
  std::string terminal;
  std::optional<std::string> from; // a remote host
  std::optional<WallTime> since;
};
RS_DESCRIBE(DiagLogin, user, terminal, from, since)

struct DiagAccount {
  std::string name;
  std::uint32_t uid = 0;
  std::string shell;
  std::optional<WallTime> last_login;
};
RS_DESCRIBE(DiagAccount, name, uid, shell, last_login)

struct DiagUsers {
  std::vector<DiagLogin> logged_in;
  std::vector<DiagAccount> accounts; // root and people, of the local file
  std::uint64_t left_out = 0;
};
RS_DESCRIBE(DiagUsers, logged_in, accounts, left_out)

struct DiagPackage {
  std::string name;
  std::string installed;
  std::string candidate;
  bool security = false;
};
RS_DESCRIBE(DiagPackage, name, installed, candidate, security)

struct DiagUpdates {
  std::string manager;
  std::optional<WallTime> lists_refreshed; // the lists that the counts rest on
  std::uint64_t pending = 0;
  std::uint64_t security = 0;
  std::vector<DiagPackage> packages; // security updates first
  std::uint64_t left_out = 0;
};
RS_DESCRIBE(DiagUpdates, manager, lists_refreshed, pending, security, packages, left_out)

struct DiagLogs {
  std::string source;             // "journal", "kernel" (both by priority) or "syslog" (lines that speak of an error)
  std::vector<std::string> lines; // newest last
  std::uint64_t left_out = 0;
};
RS_DESCRIBE(DiagLogs, source, lines, left_out)

struct DiagUnavailable {
  DiagSection section;
  std::string reason; // "timeout", or what is missing
};
RS_DESCRIBE(DiagUnavailable, section, reason)

// Of the sections that were asked for each is either here or in `unavailable`.
struct DiagReport {
  std::optional<DiagSystem> system;
  std::optional<DiagCpu> cpu;
  std::optional<DiagMemory> memory;
  std::optional<DiagDisks> disks;
  std::optional<DiagNetwork> network;
  std::optional<DiagProcesses> processes;
  std::optional<DiagServices> services;
  std::optional<DiagUsers> users;
  std::optional<DiagUpdates> updates;
  std::optional<DiagLogs> logs;
  std::vector<DiagUnavailable> unavailable;
};
RS_DESCRIBE(DiagReport, system, cpu, memory, disks, network, processes, services, users, updates, logs, unavailable)

} // namespace rs::session
