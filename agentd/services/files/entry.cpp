#include "agentd/services/files/entry.hpp"

#include <algorithm>
#include <cstdio>

namespace rs::agent {
namespace {

// What RFC 3339 can say: years 0 to 9999.
constexpr std::int64_t kFirstSecond = -62'167'219'200;
constexpr std::int64_t kLastSecond = 253'402'300'799;

WallTime wall_time(const files::FileTime& time) {
  const auto seconds = std::clamp(time.seconds, kFirstSecond, kLastSecond);
  return from_unix_seconds(seconds) + Millis(time.nanoseconds / 1'000'000);
}

std::string octal(std::uint32_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", mode & 07777u);
  return text;
}

} // namespace

files::FileEntry file_entry(const std::string& name, const files::FileStat& stat, files::Owners& owners) {
  files::FileEntry entry;
  entry.name = name;
  entry.type = stat.type;
  entry.mode = octal(stat.mode);
  entry.size = stat.size;
  entry.modified = wall_time(stat.modified);
  entry.owner = owners.user_name(stat.uid).value_or(std::to_string(stat.uid));
  entry.group = owners.group_name(stat.gid).value_or(std::to_string(stat.gid));
  return entry;
}

} // namespace rs::agent
