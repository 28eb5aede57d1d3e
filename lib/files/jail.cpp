#include "files/jail.hpp"

#include "base/joined.hpp"
#include "files/limits.hpp"
#include "files/posix_disk.hpp"
#include "files/posix_path.hpp"
#include "files/posix_place.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <filesystem>

namespace rs::files {
namespace {

constexpr int kMaxLinks = 40; // on the way to a root; as the system follows

Descriptor open_without_magic(const char* path, int flags) {
  struct open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_NO_MAGICLINKS;
  return Descriptor(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how)));
}

// As open_directory_at(), but through none of the kernel's own links.
Descriptor open_jailed(const char* path, int flags) {
  auto opened = open_without_magic(path, O_RDONLY | O_DIRECTORY | flags);
  if (!opened && errno == EACCES) opened = open_without_magic(path, O_PATH | O_DIRECTORY | flags);
  return opened;
}

// ELOOP says nothing of which kind of link it was.
Error refusal(const std::string& path, int errno_value) {
  if (errno_value == ENOSYS) return fail(Errc::unsupported, path + ": this system has no openat2(), so no path can be checked");
  if (errno_value == ELOOP && Descriptor(::open(path.c_str(), O_PATH | O_CLOEXEC)))
    return fail(Errc::forbidden, path + ": leads through a link of /proc");
  return path_error(path, errno_value);
}

bool is_within(std::string_view path, std::string_view root) {
  if (root == "/") return true;
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

// What a link holds, if nobody but root and we can have made it.
Result<std::string> trusted_target(const Descriptor& link, const struct stat& status, const std::string& path) {
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    return fail(Errc::forbidden, path + " goes through a link of user " + std::to_string(status.st_uid));
  std::string target(kMaxPath, '\0');
  const auto size = ::readlinkat(link.get(), "", target.data(), target.size());
  if (size < 0) return path_error(path, errno);
  target.resize(static_cast<std::size_t>(size));
  return target;
}

// The components of an absolute path one by one. What a link holds is walked in the same way.
Result<Descriptor> open_root(const std::string& path) {
  std::deque<std::string> ahead;
  Descriptor at;
  const auto enter = [&](const std::string& written) {
    if (written.starts_with('/')) at = Descriptor(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    const auto parts = std::filesystem::path(written).relative_path();
    ahead.insert(ahead.begin(), parts.begin(), parts.end());
  };
  enter(path);
  for (int links = 0; !ahead.empty();) {
    const auto name = std::exchange(ahead.front(), {});
    ahead.pop_front();
    if (name.empty()) continue; // a slash at the end
    Descriptor next(::openat(at.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status{};
    if (!next || ::fstat(next.get(), &status) != 0) return path_error(path, errno);
    if (!S_ISLNK(status.st_mode)) {
      at = std::move(next);
      continue;
    }
    if (++links > kMaxLinks) return path_error(path, ELOOP);
    RS_TRY(const auto target, trusted_target(next, status, path));
    enter(target);
  }
  struct stat status{};
  if (::fstat(at.get(), &status) != 0) return path_error(path, errno);
  if (!S_ISDIR(status.st_mode)) return path_error(path, ENOTDIR);
  return at;
}

Result<void> check_components(const std::string& path) {
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const auto end = std::min(path.find('/', begin), path.size());
    if (end - begin > kMaxName)
      return fail(Errc::invalid, path + ": a component of more than " + std::to_string(kMaxName) + " bytes");
    begin = end + 1;
  }
  return {};
}

} // namespace

struct Jail::Written {
  std::string full;   // to open
  std::string parent; // of the last component
  std::string name;   // the last component; "." or "..", or empty for "/"
  bool slash = false; // stands behind it

  bool is_entry() const { return !name.empty() && name != "." && name != ".."; }
};

struct Jail::Opened {
  Descriptor directory;
  std::string path;  // without links
  std::string shown; // in messages: to a local user as he wrote it
};

Jail::Jail(std::string home, std::vector<std::string> roots, std::shared_ptr<const Guard> guard)
    : local_(false), home_(std::move(home)), roots_(std::move(roots)), guard_(std::move(guard)) {}

Result<Jail::Written> Jail::take_apart(const std::string& path) const {
  if (path.empty()) return fail(Errc::invalid, "the path is empty; \".\" is the directory itself");
  if (path.find('\0') != std::string::npos) return fail(Errc::invalid, "the path contains a zero byte");
  Written out;
  out.full = local_ || path.starts_with('/') ? path : path_below(home_, path);
  if (out.full.size() >= kMaxPath)
    return fail(Errc::invalid, "a path of " + std::to_string(out.full.size()) + " bytes, limit " + std::to_string(kMaxPath));
  RS_CHECK(check_components(out.full));
  const auto last = out.full.find_last_not_of('/');
  if (last == std::string::npos) return out;
  out.slash = last + 1 != out.full.size();
  const auto stem = out.full.substr(0, last + 1);
  const auto slash = stem.rfind('/');
  out.name = slash == std::string::npos ? stem : stem.substr(slash + 1);
  out.parent = slash == std::string::npos ? "." : stem.substr(0, slash + 1);
  return out;
}

Result<Jail::Opened> Jail::open(const std::string& path, int flags, Errc no_directory) const {
  auto directory = local_ ? open_directory_at(AT_FDCWD, path.c_str(), flags) : open_jailed(path.c_str(), flags);
  if (!directory && errno == ENOTDIR) return fail(no_directory, path + ": is no directory");
  if (!directory) return local_ ? path_error(path, errno) : refusal(path, errno);
  auto real = real_path(directory.get(), path);
  if (!real && !local_) return real.error();
  auto known = real ? std::move(*real) : path;
  auto shown = local_ ? path : known;
  return Opened{std::move(directory), std::move(known), std::move(shown)};
}

Result<void> Jail::check_roots(const std::string& real, const std::string& path) const {
  if (local_) return {};
  std::string untrusted;
  for (const auto& root : roots_) {
    if (root == "/") return {};
    const auto opened = open_root(root);
    if (!opened && opened.error().code == Errc::forbidden) untrusted += "; " + opened.error().message;
    const auto root_path = opened ? real_path(opened->get(), root) : opened.error();
    if (root_path && is_within(real, *root_path)) return {};
  }
  return fail(Errc::forbidden,
              path + ": in none of the directories that files.roots allows (" + joined(roots_) + ")" + untrusted);
}

Result<Place> Jail::directory_itself(Opened opened) const {
  RS_TRY(auto directory, adopt_directory(std::move(opened.directory), std::move(opened.shown), guard_));
  return Place{std::move(directory), std::nullopt, std::move(opened.path)};
}

Result<Place> Jail::entry_of(Opened parent, std::string name) const {
  auto path = path_below(parent.path, name);
  RS_TRY(auto directory, adopt_directory(std::move(parent.directory), std::move(parent.shown), guard_));
  return Place{std::move(directory), std::move(name), std::move(path)};
}

Result<Place> Jail::resolve_directory_or_new(const std::string& path) const {
  RS_TRY(auto written, take_apart(path));
  auto there = open(written.full, 0, Errc::conflict);
  if (there) {
    RS_CHECK(check_roots(there->path, path));
    return directory_itself(std::move(*there));
  }
  const bool missing = there.error().code == Errc::not_found;
  const bool other = there.error().code == Errc::conflict && !written.slash; // a file, or a link that leads nowhere
  if (!written.is_entry() || (!missing && !other)) return there.error();
  RS_TRY(auto parent, open(written.parent, 0, Errc::conflict));
  RS_CHECK(check_roots(parent.path, path));
  return entry_of(std::move(parent), std::move(written.name));
}

Result<Place> Jail::resolve_entry(const std::string& path) const {
  RS_TRY(auto written, take_apart(path));
  if (!written.is_entry() || written.slash) {
    RS_TRY(auto itself, open(written.full, 0));
    RS_CHECK(check_roots(itself.path, path));
    return directory_itself(std::move(itself));
  }
  RS_TRY(auto parent, open(written.parent, 0));
  const auto allowed = check_roots(parent.path, path);
  if (allowed) return entry_of(std::move(parent), std::move(written.name));
  auto itself = open(written.full, O_NOFOLLOW);
  if (!itself || !check_roots(itself->path, path)) return allowed.error();
  return directory_itself(std::move(*itself));
}

Result<std::string> Jail::real_path_of_file(const std::string& path) const {
  const auto opened = local_ ? Descriptor(::open(path.c_str(), O_PATH | O_CLOEXEC)) : open_without_magic(path.c_str(), O_PATH);
  if (!opened) return local_ ? path_error(path, errno) : refusal(path, errno);
  return real_path(opened.get(), path);
}

Result<Place> Jail::resolve_file(const std::string& path) const {
  RS_TRY(auto written, take_apart(path));
  RS_TRY(auto entry, resolve_entry(path)); // who may not look there learns nothing of it
  if (!entry.name) return entry;
  const auto stat = entry.directory->stat(*entry.name);
  if (!stat || stat->type != FileType::symlink) return entry;
  // Whether a link leads to something outside of the roots, or to nothing, is not told apart.
  if (!local_ && !check_roots("/", path) && !open_without_magic(written.full.c_str(), O_PATH))
    return fail(Errc::forbidden, path + ": leads out of files.roots, or nowhere");
  if (auto itself = open(written.full, 0)) {
    RS_CHECK(check_roots(itself->path, path));
    return directory_itself(std::move(*itself));
  }
  RS_TRY(const auto real, real_path_of_file(written.full));
  const auto slash = real.rfind('/');
  RS_TRY(auto parent, open(real.substr(0, std::max<std::size_t>(slash, 1)), 0));
  if (path_below(parent.path, real.substr(slash + 1)) != real) return fail(Errc::conflict, path + ": moved meanwhile");
  RS_CHECK(check_roots(parent.path, path));
  return entry_of(std::move(parent), real.substr(slash + 1));
}

} // namespace rs::files
