#include "files/guard.hpp"

#include "files/posix_path.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace rs::files {
namespace {

FileId id_of(const struct stat& status) { return {status.st_dev, status.st_ino}; }

} // namespace

Result<void> Guard::forbid(const std::string& path) {
  if (!path.starts_with('/')) return fail(Errc::invalid, path + ": not an absolute path");
  RS_CHECK(forbid_along(path));
  std::error_code failed;
  const auto real = std::filesystem::canonical(path, failed).string();
  if (failed || real == path) return {};
  return forbid_along(real);
}

Result<void> Guard::forbid_along(const std::string& path) {
  struct stat status{};
  if (::stat("/", &status) != 0) return path_error("/", errno);
  Name entry;
  std::string walked;
  for (const auto& part : std::filesystem::path(path).relative_path()) {
    if (part.empty() || part == ".") continue;
    entry = {id_of(status), part.string()};
    on_the_way_.push_back(entry.parent);
    walked += "/" + entry.name;
    const bool listed = ::lstat(walked.c_str(), &status) == 0;
    if (!listed || S_ISLNK(status.st_mode)) names_.push_back(entry);
    if (listed && ::stat(walked.c_str(), &status) == 0) continue;
    if (errno == ENOENT || errno == ENOTDIR) return {};
    return path_error(walked, errno);
  }
  if (walked.empty()) return fail(Errc::invalid, path + ": cannot be put out of reach as a whole");
  names_.push_back(entry);
  forbidden_.push_back(id_of(status));
  return {};
}

bool Guard::forbids(const FileId& found) const { return std::ranges::find(forbidden_, found) != forbidden_.end(); }

bool Guard::forbids(const FileId& parent, std::string_view name) const {
  return std::ranges::any_of(names_, [&](const Name& n) { return n.parent == parent && n.name == name; });
}

bool Guard::holds(const FileId& directory) const { return std::ranges::find(on_the_way_, directory) != on_the_way_.end(); }

} // namespace rs::files
