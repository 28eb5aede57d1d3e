#pragma once

#include "files/jail.hpp"
#include "files/receiver.hpp"
#include "files/sender.hpp"

// What the paths of a transfer mean, the same at both ends of it: as `cp -a` takes them.
namespace rs::files {

// Sources that are found when their turn comes; one that is not there is a failure, and the others go on.
// "dir" and "dir/" are the directory with its name; "dir/.", "dir/..", "." and "/" are what is in there. `content`: a link in
// the last component is followed. `conflict`: two would have the same name over there.
Result<std::vector<Source>> find_sources(std::shared_ptr<const Jail> jail, const std::vector<std::string>& paths, bool content);
// The name that a source with this path has over there; empty: it is the contents of a directory.
std::string name_of_source(const std::string& path);

// Fills base, base_path and name: an existing directory takes sources under their names; else the one source becomes
// `path`, whose parent must exist.
struct DestinationRules {
  bool into = false; // where there is nothing, a directory is made
  bool file = false; // a directory is refused
  // What an earlier attempt of the same command found: the directory that it made of the source was not there before.
  Placement placement = Placement::unknown;
  JournalRecord earlier; // the same, of an earlier command; or empty
};
Result<void> find_destination(const Jail& jail, const std::string& path, const DestinationRules& rules,
                              Receiver::Options& options);

} // namespace rs::files
