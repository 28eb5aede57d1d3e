#include "cli/commands/shot_file.hpp"

#include "base/os_string.hpp"
#include "daemon/posix_error.hpp"

#include <cerrno>
#include <filesystem>

namespace rs::cli {

namespace fs = std::filesystem;

// A link stays a link: what it points at is replaced.
Result<ShotFile> ShotFile::at(const std::string& path, crypto::Random& random) {
  std::error_code ignored;
  const auto there = fs::status(path, ignored);
  if (fs::is_directory(there)) return fail(Errc::usage, escape_for_display(path) + ": a directory; name a file in it");
  if (fs::exists(there) && !fs::is_regular_file(there)) return ShotFile(path, "");
  const auto resolved = fs::exists(there) ? fs::canonical(path, ignored).string() : path;
  const auto parent = fs::path(resolved).parent_path();
  if (!parent.empty() && !fs::is_directory(parent, ignored))
    return fail(Errc::not_found, escape_for_display(parent.string()) + ": no such directory");
  return ShotFile(resolved, resolved + "." + hex(random.array<6>()) + ".part");
}

ShotFile::~ShotFile() {
  if (!file_ || temporary_.empty()) return;
  file_.reset();
  std::error_code ignored;
  fs::remove(temporary_, ignored);
}

Error ShotFile::failed(int error) const { return daemon::posix_error(escape_for_display(path_), error); }

Result<void> ShotFile::open() {
  if (file_) return {};
  file_.reset(temporary_.empty() ? std::fopen(path_.c_str(), "wbe") : std::fopen(temporary_.c_str(), "wbxe"));
  if (!file_) return failed(errno);
  return {};
}

Result<void> ShotFile::write(ByteView bytes) {
  RS_CHECK(open());
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) return failed(errno);
  return {};
}

Result<void> ShotFile::commit() {
  RS_CHECK(open());
  if (std::fflush(file_.get()) != 0) return failed(errno);
  if (temporary_.empty()) return {};
  std::error_code error;
  fs::rename(temporary_, path_, error);
  if (error) return failed(error.value());
  file_.reset();
  return {};
}

} // namespace rs::cli
