#pragma once

#include "files/disk.hpp"
#include "files/posix_path.hpp"

#include <sys/stat.h>

#include <array>

namespace rs::files {

FileStat to_file_stat(const struct stat& status);
// "a directory", "a symbolic link", …
std::string_view noun_of(FileType type);
// For utimensat() and futimens(): the time of access stays.
std::array<struct timespec, 2> only_modified(const FileTime& time);

// Of an open file or directory, as Metadata says. `path` is for messages.
Result<void> apply_metadata(int descriptor, const Metadata& metadata, const EntryPath& path);
// The time alone: `forbidden` after that where mode, owner or attributes would have changed.
Result<void> apply_time_only(int descriptor, const Metadata& metadata, const EntryPath& path);
// user.*, the two ACLs, and security.* and trusted.* as far as this process may read them; in the order of their names.
// A file system without any has none. `limit` past kMaxAttributeValue or kMaxAttributes.
Result<std::vector<Attribute>> read_attributes(int descriptor, const EntryPath& path);

} // namespace rs::files
