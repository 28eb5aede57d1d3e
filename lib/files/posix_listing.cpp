#include "files/posix_listing.hpp"

#include "base/handle.hpp"
#include "files/posix_path.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>

namespace rs::files {
namespace {

std::optional<FileType> type_of(unsigned char listed) {
  switch (listed) {
    case DT_REG: return FileType::regular;
    case DT_DIR: return FileType::directory;
    case DT_LNK: return FileType::symlink;
    case DT_FIFO: return FileType::fifo;
    case DT_SOCK: return FileType::socket;
    case DT_CHR:
    case DT_BLK: return FileType::device;
    default: return std::nullopt;
  }
}

class PosixListing final : public Listing {
 public:
  PosixListing(Handle<DIR, ::closedir> stream, std::shared_ptr<const std::string> path)
      : stream_(std::move(stream)), path_(std::move(path)) {}

  Result<std::optional<ListedName>> next() override {
    for (;;) {
      errno = 0;
      const auto* entry = ::readdir(stream_.get());
      if (!entry && errno != 0) return path_error(*path_, errno);
      if (!entry) return std::optional<ListedName>();
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") return std::optional(ListedName{std::string(name), type_of(entry->d_type)});
    }
  }

 private:
  Handle<DIR, ::closedir> stream_;
  std::shared_ptr<const std::string> path_;
};

} // namespace

Result<std::unique_ptr<Listing>> list_directory(int directory, std::shared_ptr<const std::string> path) {
  Descriptor own(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own) return path_error(*path, errno);
  Handle<DIR, ::closedir> stream(::fdopendir(own.get()));
  if (!stream) return path_error(*path, errno);
  own.release();
  return std::make_unique<PosixListing>(std::move(stream), std::move(path));
}

} // namespace rs::files
