#pragma once

#include "base/result.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rs::files {

// Which file or directory it is, whatever its names are.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  friend auto operator<=>(const FileId&, const FileId&) = default;
};

// What is out of reach for a technician, below any directory: agentd's own state, config, hooks and sockets. It is asked
// in the one place where a PosixDirectory opens, creates, renames, links or removes, so no walker goes around it; there it
// also says that files are to be guarded at all: process directories of /proc are then out of reach too.
// Filled once, then only read: by any thread.
class Guard {
 public:
  // Puts an absolute path out of reach: the file or directory that is there now (by its identity, so under any name), what
  // will be there under that name, everything below it, and the links on the way. Where it is missing, the first missing
  // component counts. Directories on the way stay usable, but can be neither renamed nor removed, nor do their
  // owner, attributes and mode change.
  Result<void> forbid(const std::string& path);

  bool forbids(const FileId& found) const;                         // itself; a directory with all that is in it
  bool forbids(const FileId& parent, std::string_view name) const; // what is or will be there
  bool holds(const FileId& directory) const;                       // one on the way

 private:
  struct Name {
    FileId parent;
    std::string name;
  };

  Result<void> forbid_along(const std::string& path);

  std::vector<FileId> forbidden_;
  std::vector<FileId> on_the_way_;
  std::vector<Name> names_;
};

} // namespace rs::files
