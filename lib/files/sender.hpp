#pragma once

#include "files/format.hpp"
#include "files/messages.hpp"
#include "files/progress.hpp"
#include "files/zstd.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>

namespace rs::files {

// One thing to send. Either an entry of a directory, or a stream.
struct Source {
  // Finds parent and name when its turn comes, so that many sources hold no descriptors; else they are there.
  std::function<Result<void>(Source&)> find;
  std::shared_ptr<Directory> parent;
  std::string name;             // in `parent`; empty: `parent` itself, a directory
  std::unique_ptr<File> stream; // read to its end, in order; then no parent
  std::string as;               // its name at the destination; empty: the destination itself, for a directory
  std::string shown;            // in messages
};

// The sending end of a transfer: walks the sources and turns them into the stream of format.hpp. Sans-IO but for Directory
// and File, which block: all calls belong on one worker thread. Memory is bounded whatever the tree: open directories (at most
// kMaxDepth), unanswered probes, and what is kept of hard links.
class Sender {
 public:
  struct Options {
    bool recursive = false;
    bool preserve = false;
    bool verify = false;
    bool content = false; // one regular file to its end, whatever size it says
    Compress compress = Compress::auto_;
  };
  // `owners` and `progress` outlive this.
  Sender(std::vector<Source> sources, Options options, Owners& owners, Progress& progress);

  // Bytes of kReplyStream. `invalid`: no reply, or one that nobody asked for.
  Result<void> on_replies(ByteView bytes);

  struct Filled {
    std::uint8_t kind = kPlainStream;
    std::size_t size = 0; // 0: done(), or waiting for a reply
  };
  // The next frame's bytes; `room` has at least kMinRoom. What cannot be read is counted as failed and left out.
  static constexpr std::size_t kMinRoom = 1024;
  Result<Filled> fill(MutableBytes room);
  // From any thread: what runs gives up soon, with `interrupted`.
  void cancel() { progress_.stop = true; }
  bool done() const { return ended_ && pending_.empty(); }
  const TransferCounts& counts() const { return counts_; }

 private:
  struct Level { // an open directory of the walk
    std::shared_ptr<Directory> directory;
    std::unique_ptr<Listing> listing;
    std::size_t path_size; // of path_ and shown_ without it
    std::size_t shown_size;
  };
  struct Reading { // the file whose content is on its way
    std::unique_ptr<File> file;
    FileStat before;
    std::string path;
    std::string shown;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> size;
    std::optional<Extent> extent; // of a sparse file
    bool sparse = false;
    std::optional<crypto::Sha256> hash;
  };
  struct Probing { // sent as Probe, not answered
    std::size_t source;
    std::string path; // below the source, with its name
    std::string shown;
    std::uint64_t size;
    std::string link_target; // of a hard link
    bool has_links;
  };

  Result<std::size_t> produce(MutableBytes room);
  Result<std::size_t> read_content(MutableBytes room);
  Result<bool> next_step();
  Result<bool> next_source();
  void next_entry();
  void begin_entry(Directory& parent, const std::string& name, std::optional<FileType> type, const std::string& as);
  void begin_directory(Directory& parent, const std::string& name, const std::string& as, FileStat stat);
  void enter(std::shared_ptr<Directory> directory, const std::string& as, const FileStat& stat);
  bool send_as_probe(const FileStat& stat, const std::string& as);
  void begin_content(std::unique_ptr<File> file, const FileStat& stat, std::string path, std::string shown);
  void send_symlink(Directory& parent, const std::string& name, const std::string& as, const FileStat& stat);
  void begin_stream(Source& source);
  bool send_as_hard_link(const FileStat& stat, const std::string& as);
  void send_needed();
  Result<void> on_reply(Reply reply);
  Result<void> on_resume(const Resume& resume);
  bool matches(const Resume& resume);
  Result<std::unique_ptr<File>> open_again(const Probing& probing);
  void end_file();
  void abandon_file(const Error& why);
  EntryMeta meta_of(const FileStat& stat);
  void name_owner(bool group, std::uint32_t id);
  void put(const Record& record) { encode(record, pending_); }
  void put_attributes(Result<std::vector<Attribute>> attributes, const std::string& shown);
  void fail_entry(const std::string& shown, const Error& why);
  std::string below(const std::string& base, const std::string& name) const;
  bool compresses() const;
  void note_ratio(std::size_t in, std::size_t out);

  std::vector<Source> sources_;
  Options options_;
  Owners& owners_;
  Progress& progress_;
  TransferCounts counts_;
  ReplyReader replies_;

  std::string pending_;        // records that are made and not yet taken
  std::size_t pending_at_ = 0; // taken of them
  std::size_t next_source_ = 0;
  std::vector<Level> levels_;
  std::string path_;  // of the current directory, as the receiver names it
  std::string shown_; // the same for people here
  std::optional<Reading> reading_;
  bool started_ = false;
  bool ended_ = false;

  std::uint64_t entry_ = 0; // number of the next
  std::optional<Ready> ready_;
  unsigned asks_left_ = 0;
  bool asked_ = false; // for reading_
  std::optional<Resume> resume_;
  std::deque<Probing> probes_;
  std::deque<Probing> needed_;

  std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> linked_; // files with several links: where they are
  std::size_t linked_bytes_ = 0;
  std::set<std::string> sent_again_; // of linked_: their other names become links again, whether they are there or not
  std::set<std::pair<bool, std::uint32_t>> named_; // owners that the receiver knows

  Compressor compressor_;
  Bytes plain_;
  std::size_t plain_left_ = 0; // bytes to send as they are before the next trial
  std::size_t plain_run_ = 0;
};

// Entries and bytes below the sources; nothing where there are more than kMaxScan, or `stop` is set.
Totals count_entries(std::vector<Source>& sources, bool recursive, const std::atomic<bool>& stop);

} // namespace rs::files
