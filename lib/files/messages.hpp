#pragma once

#include "base/clock.hpp"
#include "base/os_string.hpp"
#include "describe/codec.hpp"
#include "describe/describe.hpp"
#include "files/disk.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What both ends of the files services say, beside the stream of format.hpp.
namespace rs::files {

inline constexpr std::string_view kPushCall = "files.push";
inline constexpr std::string_view kPullCall = "files.pull";
inline constexpr std::string_view kListCall = "files.list";
inline constexpr std::string_view kStatCall = "files.stat";
inline constexpr std::string_view kRemoveCall = "files.remove";

enum class Compress { auto_, never, zstd };
RS_DESCRIBE_ENUM(Compress, auto_, never, zstd)

// Where a path is relative it is below the home of the agent's user.
struct PushParams {
  OsString destination;
  describe::Defaulted<bool> into;     // must be a directory, or become one: several sources, or a trailing '/'
  describe::Defaulted<bool> file;     // must be no directory: content without a name is to come
  describe::Defaulted<bool> preserve; // owners, extended attributes, ACLs
  describe::Defaulted<bool> fsync;    // each file before it gets its name
  std::optional<bool> renames;        // as an earlier attempt of this command found it: see Ready in FORMAT.md
  std::optional<std::string> resume;  // names the transfer, the same each time it is tried; 64 hex digits
};
RS_DESCRIBE(PushParams, destination, into, file, preserve, fsync, renames, resume)

struct PullParams {
  std::vector<OsString> sources;
  describe::Defaulted<bool> recursive;
  describe::Defaulted<bool> preserve;
  describe::Defaulted<bool> verify;  // a hash behind each file
  describe::Defaulted<bool> content; // of one regular file, to its end, whatever size it says it has
  std::optional<Compress> compress;
};
RS_DESCRIBE(PullParams, sources, recursive, preserve, verify, content, compress)

// One thing of many that did not work; the others went on.
struct Failure {
  OsString path;
  Errc code = Errc::internal;
  std::string message;
};
RS_DESCRIBE(Failure, path, code, message)

// What became of a transfer, as one end of it knows it.
struct TransferCounts {
  std::uint64_t files = 0;
  std::uint64_t directories = 0;
  std::uint64_t links = 0;
  std::uint64_t bytes = 0;   // of contents that were transferred; holes and what was there already count not
  std::uint64_t present = 0; // files that an earlier attempt had brought
  std::uint64_t skipped = 0; // sockets, FIFOs, devices inside a tree
  std::uint64_t failed = 0;
  std::vector<Failure> failures; // the first of them
};
RS_DESCRIBE(TransferCounts, files, directories, links, bytes, present, skipped, failed, failures)

struct PathParams {
  OsString path;
};
RS_DESCRIBE(PathParams, path)

struct RemoveParams {
  std::vector<OsString> paths;
  describe::Defaulted<bool> recursive;
  describe::Defaulted<bool> force; // what is not there is no failure
};
RS_DESCRIBE(RemoveParams, paths, recursive, force)

struct RemoveResult {
  std::uint64_t removed = 0;
  std::uint64_t failed = 0;
  std::vector<Failure> failures;
};
RS_DESCRIBE(RemoveResult, removed, failed, failures)

// An entry as `ls` and `stat` show it. Lists travel as a stream of kind 1: one of these as JSON a line.
struct FileEntry {
  OsString name;
  FileType type = FileType::regular;
  std::string mode; // four octal digits
  std::uint64_t size = 0;
  WallTime modified{};
  std::string owner; // name, or number where it has none
  std::string group;
  std::optional<OsString> target; // of a symbolic link
  std::optional<std::uint64_t> links;
  std::optional<std::uint64_t> inode;
};
RS_DESCRIBE(FileEntry, name, type, mode, size, modified, owner, group, target, links, inode)

inline constexpr std::uint8_t kListStream = 1;

struct ListResult {
  std::uint64_t entries = 0;
};
RS_DESCRIBE(ListResult, entries)

struct PartialFile {
  OsString folder; // absolute
  OsString name;
  friend bool operator==(const PartialFile&, const PartialFile&) = default;
};
RS_DESCRIBE(PartialFile, folder, name)

// What a receiver keeps on its disk so that a cut transfer can go on, and so that what it left can be swept; one file a
// transfer.
struct JournalRecord {
  WallTime begun{};
  std::uint64_t completed = 0;       // entries, in the order of the stream
  std::optional<std::string> boot;   // of the machine: after its crash nothing but what a hash proves is certain
  OsString folder;                   // the transfer's destination, absolute
  std::string prefix;                // of the names of its short-lived files
  std::vector<PartialFile> partials; // unfinished large files; the last one may go on
};
RS_DESCRIBE(JournalRecord, begun, completed, boot, folder, prefix, partials)

} // namespace rs::files
