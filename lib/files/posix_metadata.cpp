#include "files/posix_metadata.hpp"

#include "files/limits.hpp"

#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>

namespace rs::files {
namespace {

FileType type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return FileType::regular;
    case S_IFDIR: return FileType::directory;
    case S_IFLNK: return FileType::symlink;
    case S_IFIFO: return FileType::fifo;
    case S_IFSOCK: return FileType::socket;
    default: return FileType::device;
  }
}

FileTime to_file_time(const struct timespec& time) { return {time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec)}; }

Result<void> apply_owner(int descriptor, std::pair<std::uint32_t, std::uint32_t> owner, const EntryPath& path) {
  struct stat now{};
  if (::fstat(descriptor, &now) != 0) return path.failed(errno);
  if (owner == std::pair<std::uint32_t, std::uint32_t>(now.st_uid, now.st_gid)) return {};
  if (::fchown(descriptor, owner.first, owner.second) != 0) return path.failed(errno);
  return {};
}

Result<void> apply_attribute(int descriptor, const Attribute& attribute, const EntryPath& path) {
  const auto& [name, value] = attribute;
  if (::fsetxattr(descriptor, name.c_str(), value.data(), value.size(), 0) != 0)
    return path_error(path.text() + ": attribute " + name, errno);
  return {};
}

bool is_kept(std::string_view name) {
  return name.starts_with("user.") || name.starts_with("security.") || name.starts_with("trusted.") ||
         name == "system.posix_acl_access" || name == "system.posix_acl_default";
}

// Taken away meanwhile, or not for us to read.
bool is_passed_over(int errno_value) {
  return errno_value == ENODATA || errno_value == EACCES || errno_value == EPERM || errno_value == EOPNOTSUPP;
}

// Names as the system lists them: each with its terminating zero.
Result<std::vector<std::string>> attribute_names(int descriptor, const EntryPath& path) {
  std::string list;
  for (;;) {
    const auto size = ::flistxattr(descriptor, nullptr, 0);
    if (size < 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) return std::vector<std::string>();
    if (size < 0) return path.failed(errno);
    list.resize(static_cast<std::size_t>(size));
    const auto got = ::flistxattr(descriptor, list.data(), list.size());
    if (got < 0 && errno == ERANGE) continue; // grew meanwhile
    if (got < 0) return path.failed(errno);
    list.resize(static_cast<std::size_t>(got));
    break;
  }
  std::vector<std::string> names;
  for (std::size_t at = 0; at < list.size(); at += names.back().size() + 1) names.emplace_back(list.c_str() + at);
  std::erase_if(names, [](const std::string& name) { return !is_kept(name); });
  std::sort(names.begin(), names.end());
  return names;
}

} // namespace

FileStat to_file_stat(const struct stat& status) {
  return {.type = type_of(status.st_mode),
          .mode = status.st_mode & 07777,
          .uid = status.st_uid,
          .gid = status.st_gid,
          .size = static_cast<std::uint64_t>(status.st_size),
          .allocated = static_cast<std::uint64_t>(status.st_blocks) * 512,
          .modified = to_file_time(status.st_mtim),
          .changed = to_file_time(status.st_ctim),
          .device = status.st_dev,
          .inode = status.st_ino,
          .links = status.st_nlink};
}

std::string_view noun_of(FileType type) {
  switch (type) {
    case FileType::regular: return "a regular file";
    case FileType::directory: return "a directory";
    case FileType::symlink: return "a symbolic link";
    case FileType::fifo: return "a FIFO";
    case FileType::socket: return "a socket";
    case FileType::device: return "a device";
  }
  return "";
}

std::array<struct timespec, 2> only_modified(const FileTime& time) {
  struct timespec access{};
  access.tv_nsec = UTIME_OMIT;
  struct timespec modified{};
  modified.tv_sec = time.seconds;
  modified.tv_nsec = std::min<long>(time.nanoseconds, 999'999'999);
  return {access, modified};
}

namespace {

Result<void> apply_time(int descriptor, const Metadata& metadata, const EntryPath& path) {
  if (::futimens(descriptor, only_modified(metadata.modified).data()) != 0) return path.failed(errno);
  return {};
}

bool has_attributes(int descriptor, const std::vector<Attribute>& asked, const EntryPath& path) {
  if (asked.empty()) return true;
  const auto there = read_attributes(descriptor, path);
  return there &&
         std::ranges::all_of(asked, [&](const Attribute& each) { return std::ranges::find(*there, each) != there->end(); });
}

} // namespace

Result<void> apply_metadata(int descriptor, const Metadata& metadata, const EntryPath& path) {
  const auto owned = metadata.owner ? apply_owner(descriptor, *metadata.owner, path) : Result<void>();
  auto first = owned;
  const auto note = [&first](const Result<void>& done) {
    if (first && !done) first = done;
  };
  for (const auto& attribute : metadata.attributes) note(apply_attribute(descriptor, attribute, path));
  const mode_t kept = owned ? 07777 : 01777;
  if (::fchmod(descriptor, metadata.mode & kept) != 0) note(path.failed(errno));
  note(apply_time(descriptor, metadata, path));
  return first;
}

Result<void> apply_time_only(int descriptor, const Metadata& metadata, const EntryPath& path) {
  struct stat now{};
  if (::fstat(descriptor, &now) != 0) return path.failed(errno);
  const auto timed = apply_time(descriptor, metadata, path);
  const bool same = metadata.owner.value_or(std::pair(now.st_uid, now.st_gid)) == std::pair(now.st_uid, now.st_gid) &&
                    (metadata.mode & 07777) == (now.st_mode & 07777);
  if (!same || !has_attributes(descriptor, metadata.attributes, path))
    return fail(Errc::forbidden, path.text() + ": holds what belongs to this agent; its owner, attributes and mode stay");
  return timed;
}

Result<std::vector<Attribute>> read_attributes(int descriptor, const EntryPath& path) {
  RS_TRY(auto names, attribute_names(descriptor, path));
  std::vector<Attribute> out;
  if (names.empty()) return out;
  std::size_t total = 0;
  std::string room(kMaxAttributeValue, '\0');
  for (auto& name : names) {
    const auto got = ::fgetxattr(descriptor, name.c_str(), room.data(), room.size());
    if (got < 0 && is_passed_over(errno)) continue;
    if (got < 0 && errno == ERANGE)
      return fail(Errc::limit,
                  path.text() + ": attribute " + name + ": more than " + std::to_string(kMaxAttributeValue) + " bytes");
    if (got < 0) return path.failed(errno);
    total += name.size() + static_cast<std::size_t>(got);
    if (total > kMaxAttributes)
      return fail(Errc::limit, path.text() + ": attributes of more than " + std::to_string(kMaxAttributes) + " bytes");
    out.push_back({std::move(name), room.substr(0, static_cast<std::size_t>(got))});
  }
  return out;
}

} // namespace rs::files
