#include "files/posix_place.hpp"

#include "files/descriptor.hpp"
#include "files/limits.hpp"
#include "files/posix_path.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>

namespace rs::files {
namespace {

constexpr ino_t kProcRoot = 1; // PROC_ROOT_INO

FileId id_of(const struct stat& status) { return {status.st_dev, status.st_ino}; }

Error forbidden(const std::string& path, std::string_view why) { return fail(Errc::forbidden, path + ": " + std::string(why)); }

// The directory, then each one above it, up to the root, until `visit` says false.
template <class Visit>
Result<void> walk_up(int directory, const std::string& path, Visit visit) {
  struct stat root{};
  struct stat status{};
  if (::stat("/", &root) != 0 || ::fstat(directory, &status) != 0) return path_error(path, errno);
  Descriptor above;
  for (std::size_t depth = 0; visit(status); ++depth) {
    if (id_of(status) == id_of(root)) return {};
    if (depth == kMaxPath) return forbidden(path, "cannot be told to be below the root");
    above = Descriptor(::openat(above ? above.get() : directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!above || ::fstat(above.get(), &status) != 0) return path_error(path, errno);
  }
  return {};
}

// The component of `path` that has `below` others behind it.
std::string_view component_from_end(std::string_view path, std::size_t below) {
  for (; below > 0; --below) path = path.substr(0, path.rfind('/'));
  return path.substr(path.rfind('/') + 1);
}

} // namespace

Result<std::string> real_path(int directory, const std::string& path) {
  const std::string link = "/proc/self/fd/" + std::to_string(directory);
  std::string real(kMaxPath + 1, '\0');
  const auto size = ::readlink(link.c_str(), real.data(), real.size());
  if (size < 0 && errno == ENOENT) return fail(Errc::unsupported, path + ": its real path cannot be told without /proc");
  if (size < 0) return path_error(path, errno);
  real.resize(static_cast<std::size_t>(size));
  struct stat named{};
  struct stat open{};
  if (::fstat(directory, &open) != 0) return path_error(path, errno);
  if (!real.starts_with('/') || ::lstat(real.c_str(), &named) != 0 || id_of(named) != id_of(open))
    return fail(Errc::not_found, path + ": removed or moved meanwhile");
  return real;
}

Result<void> check_above(int directory, const Guard& guard, const std::string& path) {
  bool clear = true;
  RS_CHECK(walk_up(directory, path, [&](const struct stat& status) { return clear = !guard.forbids(id_of(status)); }));
  if (!clear) return forbidden(path, "belongs to this agent");
  return {};
}

Result<ProcPlace> find_proc_place(int directory, const std::string& path) {
  struct statfs system{};
  struct stat own{};
  if (::fstatfs(directory, &system) != 0 || ::fstat(directory, &own) != 0) return path_error(path, errno);
  if (system.f_type != PROC_SUPER_MAGIC) return ProcPlace::none;
  if (own.st_ino == kProcRoot) return ProcPlace::root;
  bool rooted = false;
  std::size_t depth = 0;
  RS_CHECK(walk_up(directory, path, [&](const struct stat& status) {
    rooted = status.st_dev == own.st_dev && status.st_ino == kProcRoot;
    if (!rooted) ++depth;
    return !rooted && status.st_dev == own.st_dev;
  }));
  // Mounted apart from its root, nothing tells whose it is.
  if (!rooted) return forbidden(path, "is in a part of /proc that is mounted by itself");
  RS_TRY(const auto real, real_path(directory, path));
  if (is_out_of_reach_in_proc(component_from_end(real, depth - 1))) return forbidden(path, "shows a process");
  return ProcPlace::below;
}

bool is_out_of_reach_in_proc(std::string_view name) {
  if (name == "self" || name == "thread-self" || name == "kcore") return true;
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace rs::files
