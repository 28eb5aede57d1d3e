#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "describe/describe.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// What the machines of this room ask of a file system. Everything is reached from an open directory by the name of one
// component, and no symbolic link is ever followed: so a tree that changes meanwhile cannot lead out of itself.
// All calls block and belong on a worker thread. Names are bytes. Errors name the path as far as the object knows it.
namespace rs::files {

enum class FileType { regular, directory, symlink, fifo, socket, device };
RS_DESCRIBE_ENUM(FileType, regular, directory, symlink, fifo, socket, device)

// Nanoseconds are 0 to 999'999'999, also before 1970.
struct FileTime {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  friend auto operator<=>(const FileTime&, const FileTime&) = default;
};

struct FileStat {
  FileType type = FileType::regular;
  std::uint32_t mode = 0; // the lower twelve bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size = 0;
  std::uint64_t allocated = 0; // bytes on the disk; below `size` where there are holes
  FileTime modified;
  FileTime changed;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t links = 1;

  bool is(const FileStat& other) const { return device == other.device && inode == other.inode; }
};

// An extended attribute; ACLs are two of them (system.posix_acl_access, system.posix_acl_default).
struct Attribute {
  std::string name;
  std::string value;
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

// What is set on a finished entry. Owner and attributes only where they are to be kept. What can be set is set; the error is
// the first that could not, in the order of owner, attributes, mode, time. Without its owner nothing becomes setuid or setgid.
struct Metadata {
  std::uint32_t mode = 0;
  FileTime modified;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> owner; // uid, gid
  std::vector<Attribute> attributes;
};

// Bytes [begin, end) of a file that hold data; begin == end: from `begin` on there is only a hole.
struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

class File {
 public:
  virtual ~File() = default;
  virtual Result<FileStat> stat() = 0;
  // As many bytes as there are, up to room.size(); 0 at the end.
  virtual Result<std::size_t> read(std::uint64_t offset, MutableBytes room) = 0;
  virtual Result<void> write(std::uint64_t offset, ByteView bytes) = 0; // all of them
  virtual Result<Extent> next_data(std::uint64_t offset) = 0;
  virtual Result<void> resize(std::uint64_t size) = 0;
  virtual Result<void> sync() = 0;
  virtual Result<void> set(const Metadata& metadata) = 0; // as Metadata says
  virtual Result<std::vector<Attribute>> attributes() = 0;
};

struct ListedName {
  std::string name;             // never "." or ".."
  std::optional<FileType> type; // where the listing says it
};

class Listing {
 public:
  virtual ~Listing() = default;
  virtual Result<std::optional<ListedName>> next() = 0; // nullopt: the end
};

enum class Replace { no, yes };

class Directory {
 public:
  virtual ~Directory() = default;

  virtual Result<FileStat> stat() = 0; // its own
  virtual Result<FileStat> stat(const std::string& name) = 0;
  virtual Result<std::unique_ptr<Directory>> open_directory(const std::string& name) = 0; // `conflict`: no directory
  // To read. `unsupported` names what it is where it is no regular file; never blocks on a FIFO.
  virtual Result<std::unique_ptr<File>> open_file(const std::string& name) = 0;
  virtual Result<std::unique_ptr<Listing>> list() = 0;
  virtual Result<std::string> read_link(const std::string& name) = 0;
  virtual Result<std::vector<Attribute>> attributes() = 0; // its own

  // New, mode 0600, to read and write. `conflict` where the name is taken.
  virtual Result<std::unique_ptr<File>> create_file(const std::string& name) = 0;
  // A regular file of our own with one link, to read and write: an unfinished one.
  virtual Result<std::unique_ptr<File>> reopen_file(const std::string& name) = 0;
  virtual Result<void> make_directory(const std::string& name) = 0; // mode 0700. `conflict` where the name is taken
  virtual Result<void> make_symlink(const std::string& target, const std::string& name) = 0;
  virtual Result<void> make_hard_link(Directory& from, const std::string& from_name, const std::string& name) = 0;
  // Within this directory. Replace::no: `conflict` where `to` is taken.
  virtual Result<void> rename(const std::string& from, const std::string& to, Replace replace) = 0;
  virtual Result<void> remove(const std::string& name) = 0; // anything but a directory
  virtual Result<void> remove_directory(const std::string& name) = 0;
  virtual Result<void> set(const Metadata& metadata) = 0;                                  // its own
  virtual Result<void> set_symlink(const std::string& name, const Metadata& metadata) = 0; // owner and time of a link

  virtual Result<std::uint64_t> free_bytes() = 0; // that we may use
  virtual Result<void> sync_filesystem() = 0;
};

// Names of users and groups, as --preserve keeps owners by name where both machines know it.
class Owners {
 public:
  virtual ~Owners() = default;
  virtual std::optional<std::string> user_name(std::uint32_t uid) = 0;
  virtual std::optional<std::string> group_name(std::uint32_t gid) = 0;
  virtual std::optional<std::uint32_t> user_id(const std::string& name) = 0;
  virtual std::optional<std::uint32_t> group_id(const std::string& name) = 0;
};

} // namespace rs::files
