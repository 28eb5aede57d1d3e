#include "files/receiver.hpp"

#include "files/limits.hpp"

#include <algorithm>

namespace rs::files {
namespace {

constexpr std::size_t kMaxAttributeCount = 32 << 10; // of an entry: more than a list of 64 KiB can name
constexpr std::uint32_t kPlainModes = 01777;         // without --preserve nobody gets a set-user-id file of somebody else
constexpr std::uint32_t kPlainFolderModes = 03777;   // of a directory the group goes on to what is made in it
constexpr std::size_t kMaxFileSystems = 64;          // below one destination that are synced one by one

bool is_inside_file(const Record& record) {
  return std::holds_alternative<From>(record) || std::holds_alternative<Hole>(record) ||
         std::holds_alternative<FileEnd>(record) || std::holds_alternative<Abandon>(record);
}

} // namespace

// What no further entry can survive.
bool Receiver::is_fatal(Errc code) { return code == Errc::no_space || code == Errc::io || code == Errc::integrity; }

bool Receiver::is_the_same(const FileStat& there, std::uint64_t size, const FileTime& modified) {
  return there.type == FileType::regular && there.size == size && there.modified == modified;
}

Receiver::Receiver(Options options, std::unique_ptr<Journal> journal, Owners& owners, Progress& progress)
    : options_(std::move(options)), journal_(std::move(journal)), owners_(owners), progress_(progress), reader_(*this) {}
Receiver::~Receiver() = default;

Result<void> Receiver::start() {
  if (journal_) record_ = journal_->load();
  goes_on_ = !record_.prefix.empty();
  if (goes_on_) {
    // What the earlier attempts made is of this transfer too.
    first_made_ = {std::chrono::floor<std::chrono::seconds>(record_.begun).time_since_epoch().count(), 0};
    clear(*options_.base);
  } else {
    record_ = JournalRecord{.begun = options_.now, .folder = options_.base_path, .prefix = options_.prefix};
    save(0); // what is killed from here on leaves nothing whose name nobody knows
  }
  progress_.placement = options_.name ? Placement::renamed : Placement::inside;
  reply(Ready{record_.completed, !record_.partials.empty(), options_.name.has_value()});
  return {};
}

// A killed attempt may have left its short-lived file in any directory that it came to.
void Receiver::clear(Directory& directory) {
  if (goes_on_) (void)directory.remove(temporary());
}

std::string Receiver::take_replies() { return std::exchange(replies_, {}); }

Result<void> Receiver::on_frame(std::uint8_t kind, ByteView bytes) {
  if (progress_.stop) return fail(Errc::interrupted, "the transfer was given up");
  RS_CHECK(kind == kZstdStream ? decompressor_.decompress(bytes, [this](ByteView plain) { return reader_.read(plain); })
                               : reader_.read(bytes));
  flush_probes();
  return {};
}

Result<void> Receiver::on_record(Record record) {
  if (ended_) return fail(Errc::invalid, "a record behind the end");
  const bool inside = writing_ || skipping_file_;
  if (is_inside_file(record) != inside)
    return fail(Errc::invalid, inside ? "a file that does not end" : "a piece of a file without the file");
  const auto counted = entries_;
  auto how = std::visit([this](auto& r) { return on(r); }, record);
  if (!how) entries_ = counted; // it is not there
  return how;
}

Result<void> Receiver::on(Totals& totals) {
  progress_.total_files = totals.entries;
  progress_.total_bytes = totals.bytes;
  if (record_.completed > 0 || !record_.partials.empty()) return {}; // a part of it is there
  // A tree that goes into another one may replace more than it adds; one file, or a new tree, needs all its bytes.
  const bool is_new = options_.name && !options_.base->stat(*options_.name);
  if (totals.entries != 1 && !is_new) return {};
  const auto free = options_.base->free_bytes();
  if (free && totals.allocated > *free)
    return fail(Errc::no_space, options_.base_path + ": " + std::to_string(totals.allocated) + " bytes are to come, " +
                                    std::to_string(*free) + " are free");
  return {};
}

Result<void> Receiver::on(OwnerName& owner) {
  if (!options_.preserve) return {};
  if (owner_ids_.size() >= kMaxScan) return fail(Errc::limit, "more than " + std::to_string(kMaxScan) + " owners");
  const auto ours = owner.group ? owners_.group_id(owner.name) : owners_.user_id(owner.name);
  if (ours) owner_ids_[{owner.group, owner.id}] = *ours;
  return {};
}

Result<void> Receiver::on(Attributes& attributes) {
  if (!options_.preserve) return {};
  for (auto& attribute : attributes.list) {
    attribute_bytes_ += attribute.name.size() + attribute.value.size();
    attributes_.push_back(std::move(attribute));
  }
  if (attribute_bytes_ > kMaxAttributes)
    return fail(Errc::limit, "attributes of more than " + std::to_string(kMaxAttributes) + " bytes");
  if (attributes_.size() > kMaxAttributeCount)
    return fail(Errc::limit, "more than " + std::to_string(kMaxAttributeCount) + " attributes");
  return {};
}

Metadata Receiver::metadata_of(const EntryMeta& meta, FileType type) {
  attribute_bytes_ = 0;
  auto attributes = std::exchange(attributes_, {});
  const auto plain = type == FileType::directory ? kPlainFolderModes : kPlainModes;
  if (!options_.preserve) return {meta.mode & plain, meta.modified, std::nullopt, {}};
  const auto ours = [this](bool group, std::uint32_t id) {
    const auto found = owner_ids_.find({group, id});
    return found == owner_ids_.end() ? id : found->second;
  };
  return {meta.mode, meta.modified, std::pair(ours(false, meta.uid), ours(true, meta.gid)), std::move(attributes)};
}

std::string Receiver::shown_of(const std::string& path, const std::string& name) const {
  auto shown = options_.base_path;
  for (const auto* part : {&path, &name}) {
    if (part->empty()) continue;
    if (!shown.ends_with('/')) shown += '/';
    shown += *part;
  }
  return shown;
}

Result<void> Receiver::failed(const std::string& shown, const Error& why) {
  if (is_fatal(why.code)) return within(shown, why);
  count_failure(shown, why);
  return {};
}

void Receiver::count_failure(const std::string& shown, const Error& why) {
  ++counts_.failed;
  if (counts_.failures.size() < kMaxFailures) counts_.failures.push_back({shown, why.code, why.message});
}

bool Receiver::is_asked(const std::string& name) const {
  return !options_.asked || std::ranges::find(*options_.asked, name) != options_.asked->end();
}

// Nobody gets a file that he did not ask for. Below the contents of a directory any name may come.
Result<void> Receiver::check_asked(const std::string& name, bool at_top) const {
  if (is_asked(name) || (!at_top && is_asked(""))) return {};
  return fail(Errc::integrity, "'" + name + "' was not asked for");
}

// At the top one source may take a name of its own.
Result<std::string> Receiver::final_name(const std::string& name) {
  if (!levels_.empty()) return name;
  RS_CHECK(check_asked(name, true));
  if (!options_.name) return name;
  if (std::exchange(named_, true)) return fail(Errc::invalid, "several sources, but the destination is no directory");
  renamed_root_ = !name.empty();
  return *options_.name;
}

Result<void> Receiver::on(DirectoryBegin& begin) {
  ++entries_;
  auto metadata = metadata_of(begin.meta, FileType::directory);
  if (!options_.directories) return fail(Errc::integrity, "a directory, which was not asked for");
  if (skipping_ > 0) {
    ++skipping_;
    return {};
  }
  if (begin.name.empty() && !levels_.empty()) return fail(Errc::invalid, "a directory without a name");
  RS_TRY(const auto name, final_name(begin.name));
  const auto path_size = path_.size();
  auto opened = levels_.size() > kMaxDepth ? fail(Errc::limit, "more than " + std::to_string(kMaxDepth) + " directories deep")
                : name.empty()             ? Result<std::unique_ptr<Directory>>(nullptr)
                                           : open_or_make(current(), name);
  if (!opened) {
    skipping_ = 1;
    return failed(shown_of(name), opened.error());
  }
  if (!name.empty()) path_ += (path_.empty() ? "" : "/") + name;
  levels_.push_back({std::move(*opened), std::move(metadata), path_size});
  ++counts_.directories;
  count_entry(0);
  return {};
}

Result<std::unique_ptr<Directory>> Receiver::open_or_make(Directory& parent, const std::string& name) {
  const auto made = parent.make_directory(name);
  if (!made && made.error().code != Errc::conflict) return made.error();
  RS_TRY(auto directory, parent.open_directory(name));
  RS_TRY(const auto stat, directory->stat());
  if (made) note_made(stat);
  else RS_CHECK(check_spelling(parent, name, stat));
  note_file_system(parent, name, stat);
  clear(*directory);
  return directory;
}

void Receiver::note_file_system(Directory& parent, const std::string& name, const FileStat& stat) {
  if (file_systems_.size() >= kMaxFileSystems || file_systems_.contains(stat.device)) return;
  if (auto handle = parent.open_directory(name)) file_systems_.emplace(stat.device, std::move(*handle));
}

void Receiver::note_made(const Result<FileStat>& made) {
  if (!first_made_ && made) first_made_ = made->changed;
}

// On a disk that does not tell upper from lower case two entries of one transfer may be the same: the second one must not
// silently replace the first. Only what was there before this transfer began may be replaced without a look.
Result<void> Receiver::check_spelling(Directory& directory, const std::string& name, const FileStat& there) {
  if (!first_made_ || there.changed < *first_made_) return {};
  RS_TRY(const auto listing, directory.list());
  for (;;) {
    RS_TRY(const auto next, listing->next());
    if (!next)
      return fail(Errc::conflict, "differs only in case from what came before it, and this disk takes both for the same");
    if (next->name == name) return {};
  }
}

Result<void> Receiver::on(DirectoryEnd&) {
  if (skipping_ > 0) {
    --skipping_;
    return {};
  }
  if (levels_.empty()) return fail(Errc::invalid, "the end of a directory that did not begin");
  auto level = std::move(levels_.back());
  levels_.pop_back();
  auto& directory = level.directory ? *level.directory : *options_.base;
  const auto set = directory.set(level.metadata);
  const auto shown = shown_of("");
  path_.resize(level.path_size);
  if (!set) count_failure(shown, set.error());
  return {};
}

// `parts` as the sender names them.
Result<std::unique_ptr<Directory>> Receiver::open_path(const std::vector<std::string>& parts) {
  std::unique_ptr<Directory> opened;
  Directory* directory = options_.base.get();
  for (const auto& part : parts) {
    RS_TRY(opened, directory->open_directory(part));
    directory = opened.get();
  }
  return opened;
}

Result<std::vector<std::string>> Receiver::our_path(const std::string& path) {
  RS_TRY(auto parts, split_path(path));
  if (!parts.empty()) RS_CHECK(check_asked(parts.front(), false));
  if (!options_.name) return parts;
  if (!renamed_root_) parts.insert(parts.begin(), *options_.name);
  else if (!parts.empty()) parts.front() = *options_.name;
  return parts;
}

Result<void> Receiver::on(At& at) {
  if (at_) return fail(Errc::invalid, "two places for one file");
  at_.emplace();
  RS_TRY(const auto parts, our_path(at.path));
  for (const auto& part : parts) at_->path += (at_->path.empty() ? "" : "/") + part;
  auto opened = open_path(parts);
  if (!opened) {
    at_->failed = opened.error();
  } else if (*opened) {
    if (const auto stat = (*opened)->stat()) at_->before = Metadata{stat->mode, stat->modified, std::nullopt, {}};
    at_->directory = std::move(*opened);
  }
  return {};
}

Result<void> Receiver::restore(const Place& place) { return place.before ? place.directory->set(*place.before) : Result<void>(); }

Result<void> Receiver::on(Symlink& link) {
  ++entries_;
  const auto metadata = metadata_of(link.meta);
  if (skipping_ > 0) return {};
  RS_TRY(const auto name, final_name(link.name));
  if (auto made = make_symlink(link, name, metadata); !made) return failed(shown_of(name), made.error());
  ++counts_.links;
  count_entry(0);
  return {};
}

Result<void> Receiver::make_symlink(const Symlink& link, const std::string& name, const Metadata& metadata) {
  auto& directory = current();
  if (goes_on_) { // in a finished directory nothing may be writable any more
    if (const auto there = directory.read_link(name); there && *there == link.target) {
      if (const auto set = directory.set_symlink(name, metadata); !set) count_failure(shown_of(name), set.error());
      return {};
    }
  }
  RS_CHECK(directory.make_symlink(link.target, temporary()));
  if (!first_made_) note_made(directory.stat(temporary()));
  const auto set = directory.set_symlink(temporary(), metadata);
  const auto placed = put_in_place(directory, temporary(), name);
  if (!placed) (void)directory.remove(temporary());
  else if (!set) count_failure(shown_of(name), set.error());
  return placed;
}

Result<void> Receiver::on(HardLink& link) {
  const auto at = std::exchange(at_, std::nullopt);
  if (!at) ++entries_;
  if (!at && skipping_ > 0) return {};
  auto name = link.name;
  if (!at) {
    RS_TRY(name, final_name(link.name));
  } else if (!at->directory && renamed_root_) {
    name = *options_.name;
  }
  auto& directory = !at ? current() : at->directory ? *at->directory : *options_.base;
  auto made = at && at->failed ? Result<void>(*at->failed) : make_hard_link(directory, link.target, name);
  if (made && at) made = restore(*at);
  if (!made) return failed(shown_of(at ? at->path : path_, name), made.error());
  ++counts_.links;
  count_entry(0);
  return {};
}

Result<void> Receiver::make_hard_link(Directory& directory, const std::string& target, const std::string& name) {
  RS_TRY(auto parts, our_path(target));
  const auto last = std::move(parts.back());
  parts.pop_back();
  RS_TRY(const auto opened, open_path(parts));
  auto& from = opened ? *opened : *options_.base;
  RS_TRY(const auto wanted, from.stat(last));
  // A rename of one link over another of the same file does nothing, and would leave the temporary one.
  if (const auto there = directory.stat(name); there && there->is(wanted)) return {};
  RS_CHECK(directory.make_hard_link(from, last, temporary()));
  const auto placed = put_in_place(directory, temporary(), name);
  if (!placed) (void)directory.remove(temporary());
  return placed;
}

Result<void> Receiver::on(Probe& probe) {
  ++entries_;
  const auto metadata = metadata_of(probe.meta);
  bool present = false;
  if (skipping_ == 0) {
    RS_TRY(const auto name, final_name(probe.name));
    const auto there = current().stat(name);
    present = there && is_the_same(*there, probe.size, probe.meta.modified) && there->mode == metadata.mode;
  }
  if (present) {
    ++counts_.present;
    ++progress_.files;
    progress_.bytes += probe.size;
  }
  probed_.push_back(present);
  if (probed_.size() == kMaxProbes) flush_probes();
  return {};
}

void Receiver::flush_probes() {
  if (!probed_.empty()) reply(Probed{std::exchange(probed_, {})});
}

Result<void> Receiver::on(End&) {
  if (!levels_.empty() || skipping_ > 0 || at_) return fail(Errc::invalid, "the end of the transfer inside a directory");
  ended_ = true;
  return {};
}

void Receiver::count_entry(std::uint64_t bytes) {
  unsaved_bytes_ += bytes;
  if (++unsaved_entries_ >= kSaveEntries || unsaved_bytes_ >= kBlock) save(0);
}

// `open`: of the entries that were counted so many are not whole yet. A journal that cannot be written costs a resume, not
// the transfer.
void Receiver::save(std::uint64_t open) {
  unsaved_entries_ = unsaved_bytes_ = 0;
  if (!journal_) return;
  record_.completed = std::max(record_.completed, entries_ - std::min(entries_, open));
  (void)journal_->save(record_);
}

Result<void> Receiver::finish() {
  if (!ended_ || !reader_.at_boundary()) return fail(Errc::invalid, "the stream ends before its end");
  remove_stale_partials();
  RS_CHECK(options_.base->sync_filesystem());
  for (const auto& [device, directory] : file_systems_) RS_CHECK(directory->sync_filesystem());
  if (journal_) std::exchange(journal_, nullptr)->forget();
  return {};
}

// Unfinished files that no later attempt went on with. Their directories are finished and keep their times.
void Receiver::remove_stale_partials() {
  for (const auto& [folder, name] : std::exchange(record_.partials, {})) {
    if (!folder.bytes.starts_with(options_.base_path)) continue;
    auto below = folder.bytes.substr(options_.base_path.size());
    if (below.starts_with('/')) below.erase(0, 1);
    const auto parts = split_path(below);
    if (!parts) continue;
    const auto opened = open_path(*parts);
    if (!opened) continue;
    auto& directory = *opened ? **opened : *options_.base;
    const auto before = directory.stat();
    if (directory.remove(name.bytes) && before) (void)directory.set({before->mode, before->modified, std::nullopt, {}});
  }
}

void Receiver::abandon() {
  const bool open = writing_.has_value();
  if (open && !writing_->resumable) (void)drop_file(std::nullopt);
  writing_.reset();
  levels_.clear();
  if (!journal_) return;
  if (options_.resumable && (entries_ > 0 || record_.completed > 0 || !record_.partials.empty())) save(open ? 1 : 0);
  else journal_->forget();
}

} // namespace rs::files
