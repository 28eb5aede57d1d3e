#pragma once

#include "files/jail.hpp"
#include "files/receiver.hpp"
#include "files/sender.hpp"

// What the paths of a transfer mean, the same at both ends of it: as `cp -a` takes them.
namespace rs::files {

// "dir" and "dir/" are the directory with its name; "dir/.", "dir/..", "." and "/" are what is in there.
Result<Source> find_source(const Jail& jail, const std::string& path);

// Fills base, base_path and name: an existing directory takes sources under their names; else the one source becomes
// `path`, whose parent must exist. `into`: where there is nothing, a directory is made. `file`: a directory is refused.
// `earlier`: of an attempt that was cut, or empty. The directory that it made of the source is not one that was there before.
Result<void> find_destination(const Jail& jail, const std::string& path, bool into, bool file, const JournalRecord& earlier,
                              Receiver::Options& options);

} // namespace rs::files
