#pragma once

#include "files/format.hpp"
#include "files/journal.hpp"
#include "files/messages.hpp"
#include "files/progress.hpp"
#include "files/stream_sink.hpp"
#include "files/zstd.hpp"

#include <map>
#include <memory>

namespace rs::files {

inline constexpr std::string_view kPartialPrefix = ".rs-part-"; // of every unfinished file's name

// The receiving end of a transfer: reads the stream of format.hpp and makes what it says below one directory. Each file gets
// its final name only when it is whole; a large one that is cut stays under another name, as far as the journal allows, and
// goes on at its last whole block. What cannot be made is counted as failed, and the rest goes on; a full or broken disk ends it.
class Receiver final : public StreamSink, private StreamReader::Events {
 public:
  struct Options {
    std::unique_ptr<Directory> base;
    std::string base_path;           // absolute
    std::optional<std::string> name; // that the one source takes in `base`; else sources keep theirs
    // Names that may come at the top, "" the destination itself: what somebody asked for. Nothing: any.
    std::optional<std::vector<std::string>> asked;
    bool directories = true; // may come
    bool resumable = true;   // large files that are cut are kept for another attempt
    bool preserve = false;
    bool fsync = false;
    std::string prefix; // of the names of unfinished files, kPartialPrefix and what no other transfer has
    std::string key;    // the same in each attempt
    WallTime now{};
  };
  // Without a journal nothing is kept. `owners` and `progress` outlive this.
  Receiver(Options options, std::unique_ptr<Journal> journal, Owners& owners, Progress& progress);
  ~Receiver() override;

  Result<void> start() override;
  Result<void> on_frame(std::uint8_t kind, ByteView bytes) override;
  Result<void> finish() override;
  void abandon() override;
  std::string take_replies() override;
  void cancel() override { progress_.stop = true; }
  const TransferCounts& counts() const { return counts_; }

 private:
  struct Level {
    std::unique_ptr<Directory> directory; // null: the base
    Metadata metadata;                    // set at its end
    std::size_t path_size;
  };
  struct Place {                          // of an At
    std::unique_ptr<Directory> directory; // null: the base
    std::string path;                     // below the base
    std::optional<Metadata> before;       // the directory may be finished already: it keeps its time
    std::optional<Error> failed;
  };
  struct Writing {
    Directory* directory = nullptr;
    std::optional<Place> elsewhere;
    std::unique_ptr<File> file;
    std::string temporary; // its name until it is whole
    std::string name;
    std::string shown;
    Metadata metadata;
    std::optional<std::uint64_t> size;
    std::uint64_t offset = 0;
    bool ends_in_hole = false;
    bool resumable = false;
    bool asked = false; // From is due
  };

  Result<void> on_record(Record record) override;
  Result<void> on_content(ByteView bytes) override;

  Result<void> on(Totals& totals);
  Result<void> on(OwnerName& owner);
  Result<void> on(Attributes& attributes);
  Result<void> on(DirectoryBegin& begin);
  Result<void> on(DirectoryEnd&);
  Result<void> on(FileBegin& begin);
  Result<void> on(From& from);
  Result<void> on(Hole& hole);
  Result<void> on(FileEnd& end);
  Result<void> on(Abandon&);
  Result<void> on(Symlink& link);
  Result<void> on(HardLink& link);
  Result<void> on(Probe& probe);
  Result<void> on(At& at);
  Result<void> on(End&);

  static bool is_fatal(Errc code);
  static bool is_the_same(const FileStat& there, std::uint64_t size, const FileTime& modified);
  Directory& current() { return levels_.empty() || !levels_.back().directory ? *options_.base : *levels_.back().directory; }
  bool is_asked(const std::string& name) const;
  Result<void> check_asked(const std::string& name, bool at_top) const;
  Result<std::string> final_name(const std::string& name);
  Result<std::unique_ptr<Directory>> open_or_make(Directory& parent, const std::string& name);
  Result<std::unique_ptr<Directory>> open_path(const std::vector<std::string>& parts);
  Result<std::vector<std::string>> our_path(const std::string& path);
  Result<void> open(Writing& writing, const FileBegin& begin);
  Result<void> create(Writing& writing);
  void remember(const Writing& writing);
  Result<void> offer(Writing& writing, bool found);
  Result<void> complete(Writing& writing, const FileEnd& end);
  Result<void> put_in_place(Directory& directory, const std::string& temporary, const std::string& name);
  Result<void> check_spelling(Directory& directory, const std::string& name, const FileStat& there);
  void note_made(const Result<FileStat>& made);
  Result<void> drop_file(const std::optional<Error>& why);
  Result<void> make_symlink(const Symlink& link, const std::string& name, const Metadata& metadata);
  Result<void> make_hard_link(Directory& directory, const std::string& target, const std::string& name);
  Result<void> restore(const Place& place);
  Result<void> failed(const std::string& shown, const Error& why);
  void count_failure(const std::string& shown, const Error& why);
  Metadata metadata_of(const EntryMeta& meta, FileType type = FileType::regular);
  void note_file_system(Directory& parent, const std::string& name, const FileStat& stat);
  std::string shown_of(const std::string& name) const { return shown_of(path_, name); }
  std::string shown_of(const std::string& path, const std::string& name) const;
  std::string temporary() const { return record_.prefix + "new"; } // one is open at a time
  void clear(Directory& directory);
  void remove_stale_partials();
  void count_entry(std::uint64_t bytes);
  void save(std::uint64_t open);
  void reply(const Reply& reply) { encode(reply, replies_); }
  void flush_probes();

  Options options_;
  std::unique_ptr<Journal> journal_;
  Owners& owners_;
  Progress& progress_;
  TransferCounts counts_;
  StreamReader reader_;
  Decompressor decompressor_;
  std::string replies_;

  std::vector<Level> levels_;
  std::string path_;          // of the current directory below the base
  std::size_t skipping_ = 0;  // directories deep inside one that could not be made
  bool named_ = false;        // options_.name is taken
  bool renamed_root_ = false; // the first component of the sender's paths stands for options_.name
  std::optional<Writing> writing_;
  bool skipping_file_ = false; // what comes belongs to a file that could not be made
  std::optional<Place> at_;
  std::vector<Attribute> attributes_;
  std::size_t attribute_bytes_ = 0;
  std::map<std::pair<bool, std::uint32_t>, std::uint32_t> owner_ids_; // the sender's → ours
  std::optional<FileTime> first_made_;                                // change time of the first thing that this transfer made
  std::vector<bool> probed_;
  bool ended_ = false;

  std::uint64_t entries_ = 0;
  std::uint64_t unsaved_entries_ = 0;
  std::uint64_t unsaved_bytes_ = 0;
  JournalRecord record_;
  bool goes_on_ = false;                                             // an earlier attempt was here
  std::map<std::uint64_t, std::unique_ptr<Directory>> file_systems_; // a directory of each that was come to, by device
};

} // namespace rs::files
