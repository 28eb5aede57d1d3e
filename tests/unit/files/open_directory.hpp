#pragma once

#include "files/posix_disk.hpp"
#include "unit/daemon/scratch_directory.hpp"

#include <fcntl.h>

#include <fstream>

namespace rs::files {

using daemon::ScratchDirectory;

inline Result<std::unique_ptr<Directory>> try_open(const std::string& path, std::shared_ptr<const Guard> guard = nullptr) {
  return adopt_directory(open_directory_at(AT_FDCWD, path.c_str(), 0), path, std::move(guard));
}

inline std::unique_ptr<Directory> open_path(const std::string& path, std::shared_ptr<const Guard> guard = nullptr) {
  return try_open(path, std::move(guard)).value();
}

inline std::shared_ptr<const Guard> guard_of(const std::string& path) {
  auto guard = std::make_shared<Guard>();
  EXPECT_TRUE(guard->forbid(path));
  return guard;
}

inline void write_text(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string read_all(File& file) {
  Bytes room(1 << 16);
  return to_text(ByteView(room).first(file.read(0, room).value()));
}

} // namespace rs::files
