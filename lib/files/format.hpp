#pragma once

#include "crypto/hash.hpp"
#include "files/disk.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// The stream of a transfer, in words in FORMAT.md. One definition for both ends: a record is encoded by encode() and read
// by StreamReader, and nobody else knows a byte of it.
namespace rs::files {

// Streams of a call that transfers files. The sender's bytes are one sequence of records, whatever frames they come in; a
// frame of kind kZstdStream is a flushed piece of one zstd stream that unpacks to more of the same sequence.
inline constexpr std::uint8_t kPlainStream = 1;
inline constexpr std::uint8_t kZstdStream = 2;
inline constexpr std::uint8_t kReplyStream = 3; // receiver to sender

struct EntryMeta {
  std::uint32_t mode = 0;
  FileTime modified;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  friend bool operator==(const EntryMeta&, const EntryMeta&) = default;
};

// What follows is as far as the sender counted before it began; 0 entries: it does not know.
struct Totals {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t allocated = 0; // bytes that are no holes
  friend bool operator==(const Totals&, const Totals&) = default;
};
struct OwnerName { // stands before the first entry that has this id
  bool group = false;
  std::uint32_t id = 0;
  std::string name;
  friend bool operator==(const OwnerName&, const OwnerName&) = default;
};
struct Attributes { // of the entry that comes next; may be repeated
  std::vector<Attribute> list;
  friend bool operator==(const Attributes&, const Attributes&) = default;
};
struct DirectoryBegin { // and becomes the current one; an empty name is the destination itself
  EntryMeta meta;
  std::string name;
  friend bool operator==(const DirectoryBegin&, const DirectoryBegin&) = default;
};
struct DirectoryEnd {
  friend bool operator==(const DirectoryEnd&, const DirectoryEnd&) = default;
};
struct FileBegin {
  EntryMeta meta;
  std::optional<std::uint64_t> size; // nullopt: until its end
  bool ask = false;                  // the sender waits for a Resume before it goes on
  std::string name;
  friend bool operator==(const FileBegin&, const FileBegin&) = default;
};
struct From { // the sender's answer to Resume: content goes on from here; 0: from the start
  std::uint64_t offset = 0;
  friend bool operator==(const From&, const From&) = default;
};
struct Hole {
  std::uint64_t bytes = 0;
  friend bool operator==(const Hole&, const Hole&) = default;
};
struct FileEnd {
  std::optional<crypto::Hash32> hash; // SHA-256 of the whole content, with --verify
  friend bool operator==(const FileEnd&, const FileEnd&) = default;
};
struct Abandon { // in place of FileEnd: the content could not be read to its end
  friend bool operator==(const Abandon&, const Abandon&) = default;
};
struct Symlink {
  EntryMeta meta;
  std::string name;
  std::string target;
  friend bool operator==(const Symlink&, const Symlink&) = default;
};
struct HardLink {
  std::string name;
  std::string target; // an entry of this transfer, components from its root joined by '/'
  friend bool operator==(const HardLink&, const HardLink&) = default;
};
struct Probe { // a file that an earlier attempt has sent: is it there, with this size and time?
  EntryMeta meta;
  std::uint64_t size = 0;
  std::string name;
  friend bool operator==(const Probe&, const Probe&) = default;
};
struct At { // the next FileBegin or HardLink is below this directory, not the current one; components joined by '/', or empty
  std::string path;
  friend bool operator==(const At&, const At&) = default;
};
struct End {
  friend bool operator==(const End&, const End&) = default;
};
// Content follows its header without a copy, see StreamReader; encoded by put_data_header().
using Record = std::variant<Totals, OwnerName, Attributes, DirectoryBegin, DirectoryEnd, FileBegin, From, Hole, FileEnd, Abandon,
                            Symlink, HardLink, Probe, At, End>;

// The receiver's answers.
struct Ready {                 // first, before the sender's first record: what an earlier attempt has left
  std::uint64_t completed = 0; // entries that came whole
  bool partial = false;        // an unfinished file is there
  bool renames = false;        // the one source gets the destination's name
  friend bool operator==(const Ready&, const Ready&) = default;
};
struct Resume { // `offset` bytes are here, and this is their SHA-256; 0 bytes: none
  std::uint64_t offset = 0;
  crypto::Hash32 hash{};
  friend bool operator==(const Resume&, const Resume&) = default;
};
struct Probed { // the answers to so many probes, in their order
  std::vector<bool> present;
  friend bool operator==(const Probed&, const Probed&) = default;
};
using Reply = std::variant<Ready, Resume, Probed>;

inline constexpr std::size_t kDataHeader = 5; // bytes

void encode(const Record& record, std::string& out);
void encode(const Reply& reply, std::string& out);
void put_data_header(std::uint8_t* at, std::uint32_t bytes); // kDataHeader bytes at `at`

// Reads one sequence of records that comes in pieces of any size.
class StreamReader {
 public:
  class Events {
   public:
    virtual Result<void> on_record(Record record) = 0;
    virtual Result<void> on_content(ByteView bytes) = 0; // the view ends with the call

   protected:
    ~Events() = default;
  };
  explicit StreamReader(Events& events) : events_(events) {}
  // `invalid`: no record; names are checked to be one component, sizes against limits.hpp. Nothing may follow an error.
  Result<void> read(ByteView bytes);
  // Between two records: only here may a stream end.
  bool at_boundary() const { return held_.empty() && content_left_ == 0; }

 private:
  Result<void> read_content(ByteView& bytes);
  Result<bool> read_record(ByteView& bytes);

  Events& events_;
  std::string held_; // the beginning of a record; at most kMaxRecord
  std::uint32_t content_left_ = 0;
};

class ReplyReader {
 public:
  Result<void> read(ByteView bytes, const std::function<Result<void>(Reply)>& on_reply);

 private:
  std::string held_;
};

// One component of a path: not empty, not "." or "..", no '/' or NUL, at most kMaxName bytes.
Result<void> check_name(std::string_view name);
// Components joined by '/', each as check_name() wants; at most kMaxPath bytes. Empty: no components.
Result<std::vector<std::string>> split_path(std::string_view path);

} // namespace rs::files
