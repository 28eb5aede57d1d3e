#include "agentd/services/diag/disks.hpp"

#include "agentd/services/diag/mount_usage.hpp"
#include "agentd/services/diag/scan.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace rs::agent::diag {
namespace {

// They show state of the kernel, or are other mounts seen again.
constexpr std::string_view kNoData[] = {
    "autofs",     "binfmt_misc", "bpf",       "cgroup",   "cgroup2", "configfs", "debugfs",    "devpts",     "devtmpfs",
    "efivarfs",   "fusectl",     "hugetlbfs", "mqueue",   "nsfs",    "proc",     "pstore",     "ramfs",      "rootfs",
    "rpc_pipefs", "securityfs",  "selinuxfs", "squashfs", "sysfs",   "tracefs",  "fuse.lxcfs", "fuse.portal"};

bool holds_data(const session::DiagMount& mount) {
  if (mount.target.bytes.starts_with("/sys/") || mount.target.bytes.starts_with("/proc/")) return false;
  if (mount.type == "overlay") return mount.target.bytes == "/"; // a container's own root
  return std::ranges::find(kNoData, mount.type) == std::end(kNoData) && !mount.type.starts_with("fuse.gvfs");
}

// "\040" is a blank: three octal digits.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto code = text[i] == '\\' && i + 3 < text.size() ? number_of<std::uint8_t>(text.substr(i + 1, 3), 8) : std::nullopt;
    out += code ? static_cast<char>(*code) : text[i];
    if (code) i += 3;
  }
  return out;
}

bool has_option(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    const auto [option, rest] = cut_at(options, ',');
    if (option == wanted) return true;
    options = rest;
  }
  return false;
}

} // namespace

std::vector<session::DiagMount> parse_mounts(std::string_view text) {
  auto lines = lines_of(text);
  std::vector<session::DiagMount> mounts;
  std::set<std::string> seen;
  std::ranges::reverse(lines);
  for (const auto line : lines) {
    const auto words = words_of(line);
    if (words.size() < 4) continue;
    session::DiagMount mount;
    mount.source = unescaped(words[0]).substr(0, kMaxText);
    mount.target = unescaped(words[1]);
    mount.type = short_text(words[2]);
    mount.read_only = has_option(words[3], "ro");
    if (seen.insert(mount.target.bytes).second && holds_data(mount)) mounts.push_back(std::move(mount));
  }
  std::ranges::reverse(mounts);
  std::set<std::string> devices;
  std::erase_if(mounts, [&](const auto& mount) {
    return mount.source.bytes.starts_with("/dev/") && !devices.insert(mount.source.bytes).second;
  });
  return mounts;
}

Result<session::DiagDisks> read_disks(const Probe& probe) {
  const auto text = read_text("/proc/self/mounts");
  if (!text) return fail(Errc::unsupported, "/proc/self/mounts cannot be read");
  session::DiagDisks disks;
  disks.mounts = parse_mounts(*text);
  cap(disks.mounts, kMaxMounts, disks.left_out);
  measure(probe, disks.mounts);
  for (auto& mount : disks.mounts) mount.target.bytes.resize(std::min(mount.target.bytes.size(), kMaxText));
  return disks;
}

} // namespace rs::agent::diag
