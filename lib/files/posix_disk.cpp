#include "files/posix_disk.hpp"

#include "files/format.hpp"
#include "files/limits.hpp"
#include "files/posix_file.hpp"
#include "files/posix_listing.hpp"
#include "files/posix_metadata.hpp"
#include "files/posix_path.hpp"
#include "files/posix_place.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <limits>

namespace rs::files {
namespace {

// O_NONBLOCK: neither a FIFO that was put there a moment ago nor a lease can hold us up.
constexpr int kOpenFlags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

FileId id_of(const struct stat& status) { return {status.st_dev, status.st_ino}; }

class PosixDirectory final : public Directory {
 public:
  PosixDirectory(Descriptor directory, std::shared_ptr<const std::string> path, FileId id, std::shared_ptr<const Guard> guard,
                 ProcPlace proc_place)
      : directory_(std::move(directory)), path_(std::move(path)), id_(id), guard_(std::move(guard)), proc_place_(proc_place) {}

  Result<FileStat> stat() override;
  Result<FileStat> stat(const std::string& name) override;
  Result<std::unique_ptr<Directory>> open_directory(const std::string& name) override;
  Result<std::unique_ptr<File>> open_file(const std::string& name) override;
  Result<std::unique_ptr<Listing>> list() override;
  Result<std::string> read_link(const std::string& name) override;
  Result<std::vector<Attribute>> attributes() override;

  Result<std::unique_ptr<File>> create_file(const std::string& name) override;
  Result<std::unique_ptr<File>> reopen_file(const std::string& name) override;
  Result<void> make_directory(const std::string& name) override;
  Result<void> make_symlink(const std::string& target, const std::string& name) override;
  Result<void> make_hard_link(Directory& from, const std::string& from_name, const std::string& name) override;
  Result<void> rename(const std::string& from, const std::string& to, Replace replace) override;
  Result<void> remove(const std::string& name) override { return unlink(name, 0); }
  Result<void> remove_directory(const std::string& name) override { return unlink(name, AT_REMOVEDIR); }
  Result<void> set(const Metadata& metadata) override;
  Result<void> set_symlink(const std::string& name, const Metadata& metadata) override;

  Result<std::uint64_t> free_bytes() override;
  Result<void> sync_filesystem() override;

 private:
  int fd() const { return directory_.get(); }
  EntryPath at(const std::string& name) const { return {path_, name}; }
  // A name is one component of an open directory: ENOTDIR can only be about the entry itself.
  Error failed(const std::string& name, int errno_value) const {
    return errno_value == ENOTDIR ? refused(name, Errc::conflict, "is no directory") : at(name).failed(errno_value);
  }
  Error refused(const std::string& name, Errc code, std::string_view why) const {
    return fail(code, at(name).text() + ": " + std::string(why));
  }
  std::unique_ptr<File> file(Descriptor descriptor, const std::string& name) const {
    return std::make_unique<PosixFile>(std::move(descriptor), at(name));
  }

  // What each operation on an entry begins with: the name is one, and not out of reach.
  Result<void> admit(const std::string& name) const;
  // Before an entry is renamed, replaced, linked or removed: neither is what stands there, nor is it a device: a root who
  // names /dev/null as a destination would take it from everybody.
  Result<void> admit_change(const std::string& name) const;
  Result<void> admit_changed(const std::string& name, const struct stat& there) const;
  // What was opened in the end.
  Result<void> admit_opened(const std::string& name, const struct stat& opened) const;
  Result<void> look(const std::string& name, struct stat& status) const;
  Result<Descriptor> open_regular(const std::string& name, int access, struct stat& opened) const;
  Result<ProcPlace> proc_place_of(int directory, const struct stat& status, const std::string& path) const;
  Result<void> check_readable() const;
  Result<void> rename_to_free_name(const std::string& from, const std::string& to) const;
  Result<void> unlink(const std::string& name, int flags) const;

  Descriptor directory_;
  std::shared_ptr<const std::string> path_;
  FileId id_;
  std::shared_ptr<const Guard> guard_;
  ProcPlace proc_place_;
};

Result<void> PosixDirectory::admit(const std::string& name) const {
  RS_CHECK(check_name(name));
  if (!guard_) return {};
  if (guard_->forbids(id_, name)) return refused(name, Errc::forbidden, "belongs to this agent");
  if (proc_place_ == ProcPlace::root && is_out_of_reach_in_proc(name)) return refused(name, Errc::forbidden, "shows a process");
  return {};
}

Result<void> PosixDirectory::admit_change(const std::string& name) const {
  RS_CHECK(admit(name));
  struct stat there{};
  if (::fstatat(fd(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0) {
    if (errno == ENOENT) return {};
    return failed(name, errno);
  }
  return admit_changed(name, there);
}

Result<void> PosixDirectory::admit_changed(const std::string& name, const struct stat& there) const {
  RS_CHECK(admit_opened(name, there));
  if (S_ISCHR(there.st_mode) || S_ISBLK(there.st_mode))
    return refused(name, Errc::unsupported, "is a device, which stays as it is");
  if (guard_ && guard_->holds(id_of(there))) return refused(name, Errc::forbidden, "holds what belongs to this agent");
  return {};
}

Result<void> PosixDirectory::admit_opened(const std::string& name, const struct stat& opened) const {
  if (guard_ && guard_->forbids(id_of(opened))) return refused(name, Errc::forbidden, "belongs to this agent");
  return {};
}

Result<void> PosixDirectory::look(const std::string& name, struct stat& status) const {
  if (::fstatat(fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0) return failed(name, errno);
  return {};
}

Result<FileStat> PosixDirectory::stat() {
  struct stat status{};
  if (::fstat(fd(), &status) != 0) return failed("", errno);
  return to_file_stat(status);
}

Result<FileStat> PosixDirectory::stat(const std::string& name) {
  RS_CHECK(check_name(name));
  struct stat status{};
  RS_CHECK(look(name, status));
  return to_file_stat(status);
}

// A walk through a mount point may come into /proc.
Result<ProcPlace> PosixDirectory::proc_place_of(int directory, const struct stat& status, const std::string& path) const {
  if (!guard_) return ProcPlace::none;
  if (status.st_dev != id_.device) return find_proc_place(directory, path);
  return proc_place_ == ProcPlace::none ? ProcPlace::none : ProcPlace::below;
}

Result<std::unique_ptr<Directory>> PosixDirectory::open_directory(const std::string& name) {
  RS_CHECK(admit(name));
  auto opened = open_directory_at(fd(), name.c_str(), O_NOFOLLOW);
  struct stat status{};
  if (!opened || ::fstat(opened.get(), &status) != 0) return failed(name, errno);
  RS_CHECK(admit_opened(name, status));
  auto path = std::make_shared<const std::string>(at(name).text());
  RS_TRY(const auto place, proc_place_of(opened.get(), status, *path));
  return std::make_unique<PosixDirectory>(std::move(opened), std::move(path), id_of(status), guard_, place);
}

// To open a device can already do something (rewind a tape, start a watchdog): so a look comes first, and only root could
// put a device there between the two.
Result<Descriptor> PosixDirectory::open_regular(const std::string& name, int access, struct stat& opened) const {
  RS_CHECK(admit(name));
  RS_CHECK(look(name, opened));
  if (!S_ISREG(opened.st_mode))
    return refused(name, Errc::unsupported, "is " + std::string(noun_of(to_file_stat(opened).type)) + ", no regular file");
  Descriptor file(::openat(fd(), name.c_str(), access | kOpenFlags));
  if (!file || ::fstat(file.get(), &opened) != 0) return failed(name, errno);
  if (!S_ISREG(opened.st_mode)) return refused(name, Errc::conflict, "changed meanwhile");
  RS_CHECK(admit_opened(name, opened));
  return file;
}

Result<std::unique_ptr<File>> PosixDirectory::open_file(const std::string& name) {
  struct stat opened{};
  RS_TRY(auto descriptor, open_regular(name, O_RDONLY, opened));
  return file(std::move(descriptor), name);
}

Result<void> PosixDirectory::check_readable() const {
  if ((::fcntl(fd(), F_GETFL) & O_PATH) != 0) return failed("", EACCES);
  return {};
}

Result<std::unique_ptr<Listing>> PosixDirectory::list() { return list_directory(fd(), path_); }

Result<std::string> PosixDirectory::read_link(const std::string& name) {
  RS_CHECK(admit(name));
  std::string target(kMaxPath + 1, '\0');
  const auto size = ::readlinkat(fd(), name.c_str(), target.data(), target.size());
  if (size < 0 && errno == EINVAL) return refused(name, Errc::invalid, "is no symbolic link");
  if (size < 0) return failed(name, errno);
  if (static_cast<std::size_t>(size) > kMaxPath)
    return refused(name, Errc::limit, "leads to a path of more than " + std::to_string(kMaxPath) + " bytes");
  target.resize(static_cast<std::size_t>(size));
  return target;
}

Result<std::vector<Attribute>> PosixDirectory::attributes() {
  RS_CHECK(check_readable());
  return read_attributes(fd(), at(""));
}

Result<std::unique_ptr<File>> PosixDirectory::create_file(const std::string& name) {
  RS_CHECK(admit(name));
  Descriptor created(::openat(fd(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | kOpenFlags, 0600));
  struct stat status{};
  if (!created || ::fstat(created.get(), &status) != 0) return failed(name, errno);
  const bool masked = (status.st_mode & 0777) != 0600; // by an unusual umask
  if (masked && ::fchmod(created.get(), 0600) != 0) return failed(name, errno);
  return file(std::move(created), name);
}

Result<std::unique_ptr<File>> PosixDirectory::reopen_file(const std::string& name) {
  struct stat opened{};
  RS_TRY(auto descriptor, open_regular(name, O_RDWR, opened));
  if (opened.st_uid != ::geteuid()) return refused(name, Errc::conflict, "belongs to somebody else");
  if (opened.st_nlink != 1) return refused(name, Errc::conflict, "has more than one name");
  return file(std::move(descriptor), name);
}

Result<void> PosixDirectory::make_directory(const std::string& name) {
  RS_CHECK(admit(name));
  if (::mkdirat(fd(), name.c_str(), 0700) != 0) return failed(name, errno);
  struct stat status{};
  RS_CHECK(look(name, status));
  if ((status.st_mode & 0777) == 0700) return {};
  // An unusual umask, which may even keep us from opening it to do anything else.
  const Descriptor made(::openat(fd(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const auto link = "/proc/self/fd/" + std::to_string(made.get());
  if (!made || ::chmod(link.c_str(), 0700) != 0) return failed(name, errno);
  return {};
}

Result<void> PosixDirectory::make_symlink(const std::string& target, const std::string& name) {
  RS_CHECK(admit(name));
  if (target.find('\0') != std::string::npos) return refused(name, Errc::invalid, "a link's target contains a zero byte");
  if (::symlinkat(target.c_str(), fd(), name.c_str()) != 0) return failed(name, errno);
  return {};
}

Result<void> PosixDirectory::make_hard_link(Directory& from, const std::string& from_name, const std::string& name) {
  const auto* other = dynamic_cast<PosixDirectory*>(&from);
  if (!other) return refused(name, Errc::unsupported, "a hard link from another kind of disk");
  RS_CHECK(other->admit_change(from_name));
  RS_CHECK(admit(name));
  if (::linkat(other->fd(), from_name.c_str(), fd(), name.c_str(), 0) != 0) return failed(name, errno);
  return {};
}

// For file systems that cannot refuse to replace. A directory gets no second name, so it stays where it is.
Result<void> PosixDirectory::rename_to_free_name(const std::string& from, const std::string& to) const {
  if (::linkat(fd(), from.c_str(), fd(), to.c_str(), 0) != 0) return failed(to, errno);
  if (::unlinkat(fd(), from.c_str(), 0) != 0) return failed(from, errno);
  return {};
}

Result<void> PosixDirectory::rename(const std::string& from, const std::string& to, Replace replace) {
  RS_CHECK(admit(from));
  struct stat moved{};
  RS_CHECK(look(from, moved));
  RS_CHECK(admit_changed(from, moved));
  RS_CHECK(admit_change(to));
  const unsigned flags = replace == Replace::no ? RENAME_NOREPLACE : 0;
  if (::renameat2(fd(), from.c_str(), fd(), to.c_str(), flags) != 0) {
    if (replace == Replace::no && (errno == EINVAL || errno == ENOSYS)) return rename_to_free_name(from, to);
    return failed(errno == ENOENT ? from : to, errno);
  }
  // Where both are names of one file, rename() succeeds and does nothing.
  const bool may_stay = from != to && !S_ISDIR(moved.st_mode) && moved.st_nlink > 1;
  if (may_stay && ::unlinkat(fd(), from.c_str(), 0) != 0 && errno != ENOENT) return failed(from, errno);
  return {};
}

Result<void> PosixDirectory::unlink(const std::string& name, int flags) const {
  RS_CHECK(admit_change(name));
  if (::unlinkat(fd(), name.c_str(), flags) != 0) return failed(name, errno);
  return {};
}

Result<void> PosixDirectory::set(const Metadata& metadata) {
  RS_CHECK(check_readable());
  const bool held = guard_ && (guard_->holds(id_) || guard_->forbids(id_));
  return held ? apply_time_only(fd(), metadata, at("")) : apply_metadata(fd(), metadata, at(""));
}

Result<void> PosixDirectory::set_symlink(const std::string& name, const Metadata& metadata) {
  RS_CHECK(admit(name));
  struct stat status{};
  RS_CHECK(look(name, status));
  if (!S_ISLNK(status.st_mode)) return refused(name, Errc::invalid, "is no symbolic link");
  Result<void> owned;
  if (metadata.owner && *metadata.owner != std::pair<std::uint32_t, std::uint32_t>(status.st_uid, status.st_gid) &&
      ::fchownat(fd(), name.c_str(), metadata.owner->first, metadata.owner->second, AT_SYMLINK_NOFOLLOW) != 0)
    owned = failed(name, errno);
  if (::utimensat(fd(), name.c_str(), only_modified(metadata.modified).data(), AT_SYMLINK_NOFOLLOW) != 0 && owned)
    return failed(name, errno);
  return owned;
}

Result<std::uint64_t> PosixDirectory::free_bytes() {
  struct statvfs system{};
  if (::fstatvfs(fd(), &system) != 0) return failed("", errno);
  if (system.f_blocks == 0) return std::numeric_limits<std::uint64_t>::max(); // it does not count
  const std::uint64_t blocks = ::geteuid() == 0 ? system.f_bfree : system.f_bavail;
  return blocks * system.f_frsize;
}

Result<void> PosixDirectory::sync_filesystem() {
  if (!check_readable()) {
    ::sync(); // all of them, as this one cannot be named
    return {};
  }
  if (::syncfs(fd()) != 0) return failed("", errno);
  return {};
}

} // namespace

Result<std::unique_ptr<Directory>> adopt_directory(Descriptor directory, std::string path, std::shared_ptr<const Guard> guard) {
  struct stat status{};
  if (::fstat(directory.get(), &status) != 0) return path_error(path, errno);
  if (!S_ISDIR(status.st_mode)) return fail(Errc::conflict, path + ": is no directory");
  auto place = ProcPlace::none;
  if (guard) {
    RS_CHECK(check_above(directory.get(), *guard, path));
    RS_TRY(place, find_proc_place(directory.get(), path));
  }
  auto shared_path = std::make_shared<const std::string>(std::move(path));
  return std::make_unique<PosixDirectory>(std::move(directory), std::move(shared_path), id_of(status), std::move(guard), place);
}

Descriptor open_directory_at(int directory, const char* name, int flags) {
  Descriptor opened(::openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags));
  if (!opened && errno == EACCES) opened = Descriptor(::openat(directory, name, O_PATH | O_DIRECTORY | O_CLOEXEC | flags));
  return opened;
}

} // namespace rs::files
