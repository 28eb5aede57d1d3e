#include "cli/commands/shot_file.hpp"

#include "base/os_string.hpp"
#include "cli/commands/shot_report.hpp"
#include "daemon/posix_error.hpp"

#include <cerrno>
#include <filesystem>

namespace rs::cli {

namespace fs = std::filesystem;

namespace {

constexpr int kMostNames = 10'000; // that are tried

constexpr int kNoDirectory = -1; // absolute paths need none

// A hard link where the file system knows no such rename. An errno; 0: done.
int rename_to_free(const std::string& from, const std::string& to) {
  std::error_code error;
  const auto source = fs::absolute(from, error), target = fs::absolute(to, error);
  if (error) return error.value();
  if (::renameat2(kNoDirectory, source.c_str(), kNoDirectory, target.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  fs::create_hard_link(source, target, error);
  if (!error) fs::remove(source, error);
  return error.value();
}

} // namespace

ShotFile::ShotFile(std::string path, bool replaces, crypto::Random& random)
    : path_(std::move(path)), temporary_(path_ + "." + hex(random.array<6>()) + ".part"), replaces_(replaces) {}

// A link stays a link: what it points at is replaced.
Result<ShotFile> ShotFile::at(const std::string& path, crypto::Random& random) {
  std::error_code ignored;
  const auto there = fs::status(path, ignored);
  if (fs::is_directory(there)) return fail(Errc::usage, escape_for_display(path) + ": a directory; name a file in it");
  if (fs::exists(there) && !fs::is_regular_file(there))
    return fail(Errc::usage, escape_for_display(path) + ": no regular file; use -O - and redirect stdout");
  const auto resolved = fs::exists(there) ? fs::canonical(path, ignored).string() : path;
  const auto parent = fs::path(resolved).parent_path();
  if (!parent.empty() && !fs::is_directory(parent, ignored))
    return fail(Errc::not_found, escape_for_display(parent.string()) + ": no such directory");
  return ShotFile(resolved, true, random);
}

ShotFile ShotFile::named(const std::string& name, crypto::Random& random) { return ShotFile(name, false, random); }

ShotFile::~ShotFile() {
  if (!file_) return;
  file_.reset();
  std::error_code ignored;
  fs::remove(temporary_, ignored);
}

Error ShotFile::failed(int error) const { return daemon::posix_error(escape_for_display(path_), error); }

Result<void> ShotFile::open() {
  if (file_) return {};
  file_.reset(std::fopen(temporary_.c_str(), "wbxe"));
  if (!file_) return failed(errno);
  return {};
}

Result<void> ShotFile::write(ByteView bytes) {
  RS_CHECK(open());
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) return failed(errno);
  return {};
}

int ShotFile::move_to(const std::string& path) const {
  if (!replaces_) return rename_to_free(temporary_, path);
  return std::rename(temporary_.c_str(), path.c_str()) == 0 ? 0 : errno;
}

Result<std::string> ShotFile::commit() {
  RS_CHECK(open());
  if (std::fflush(file_.get()) != 0) return failed(errno);
  auto path = path_;
  int error = move_to(path);
  for (int i = 2; error == EEXIST && i < kMostNames; ++i) error = move_to(path = numbered_name(path_, i));
  if (error != 0) return failed(error);
  file_.reset();
  return path;
}

} // namespace rs::cli
