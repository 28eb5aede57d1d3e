#pragma once

#include "files/descriptor.hpp"
#include "files/disk.hpp"
#include "files/guard.hpp"

#include <memory>
#include <string>

// files::Directory over the machine's file system. Device nodes, FIFOs and sockets are never opened. With a guard,
// `forbidden` names the path that is out of reach; without one the caller has all that the process has.
namespace rs::files {

// An open directory (O_RDONLY, or O_PATH where it may be searched but not read) becomes a Directory. `path` is how messages
// name it. With a guard it is checked to be below nothing that is out of reach.
Result<std::unique_ptr<Directory>> adopt_directory(Descriptor directory, std::string path, std::shared_ptr<const Guard> guard);

// The directory `name` in the open directory `directory` (or AT_FDCWD), open to be read or, where that is not permitted, to
// be searched only. `flags` are further ones for openat(). An invalid descriptor: errno says why.
Descriptor open_directory_at(int directory, const char* name, int flags);

} // namespace rs::files
