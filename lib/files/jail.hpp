#pragma once

#include "files/disk.hpp"
#include "files/guard.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rs::files {

// Where a path leads: an entry of an open directory, or that directory itself.
struct Place {
  std::unique_ptr<Directory> directory;
  std::optional<std::string> name; // nullopt: the directory itself
  std::string real_path;           // without links: of the entry, or of the directory
};

// Turns a path that a user wrote into an open directory, once; from there on everything goes by single names. Links in the
// path itself are followed, but none of the kernel's own ones (/proc/PID/root): where it really leads counts.
// Errors: `invalid` for a path that is empty (so that an unset variable is no home directory), too long or contains a zero
// byte; `forbidden` outside the roots and where the guard says so; else what the system says, with the path.
class Jail {
 public:
  // A relative path is below `home`. `roots` are absolute; what is in none of them is `forbidden`, "/" admits everything,
  // one that does not exist admits nothing. On the way to a root only links of root's or our own are followed: whoever may
  // write in a directory above one could else turn it elsewhere, and the technician's reach with it.
  Jail(std::string home, std::vector<std::string> roots, std::shared_ptr<const Guard> guard);
  // Of the user's own computer: relative to the working directory, no roots, no guard.
  static Jail local() { return Jail(); }

  // For a destination: a directory that is there is the place itself. Else its parent, which must be there, and the last
  // component: missing, or a file or a link to no directory that a rename will replace. `conflict`: that parent, or what a
  // slash stands behind, is no directory.
  Result<Place> resolve_directory_or_new(const std::string& path) const;
  // To read, stat or remove: the last component is not followed. With a slash, "." or ".." behind it, it is the directory
  // itself, as are "/" and a root whose parent is out of reach.
  Result<Place> resolve_entry(const std::string& path) const;
  // To read what a user named as one file: the last component is followed too. The place is the entry under which the file
  // really is, in its real parent, and no link; of a directory it is the directory itself. `conflict` where it moves meanwhile.
  Result<Place> resolve_file(const std::string& path) const;

 private:
  struct Written; // a path, taken apart
  struct Opened;

  Jail() = default;
  Result<Written> take_apart(const std::string& path) const;
  // A directory; `no_directory` where there is something else, or on the way.
  Result<Opened> open(const std::string& path, int flags, Errc no_directory = Errc::not_found) const;
  Result<std::string> real_path_of_file(const std::string& path) const;
  Result<void> check_roots(const std::string& real, const std::string& path) const;
  Result<Place> directory_itself(Opened opened) const;
  Result<Place> entry_of(Opened parent, std::string name) const;

  bool local_ = true;
  std::string home_;
  std::vector<std::string> roots_;
  std::shared_ptr<const Guard> guard_;
};

} // namespace rs::files
