#include "files/sender.hpp"

#include "files/limits.hpp"

#include <algorithm>

namespace rs::files {
namespace {

constexpr std::size_t kLinkOverhead = 96; // bytes beside its path that a link costs here
bool is_sparse(const FileStat& stat) { return stat.allocated < stat.size; }

void add(Totals& totals, const FileStat& stat) {
  totals.bytes += stat.size;
  totals.allocated += std::min(stat.size, stat.allocated) / std::max<std::uint64_t>(1, stat.links); // links share it
}

// False: more than kMaxScan, or stopped.
bool count_below(Directory& directory, Totals& totals, std::size_t depth, const std::atomic<bool>& stop) {
  if (depth > kMaxDepth) return true;
  auto listing = directory.list();
  if (!listing) return true;
  for (;;) {
    const auto next = (*listing)->next();
    if (!next || !*next) return true;
    if (++totals.entries > kMaxScan || stop) return false;
    const auto& name = (*next)->name;
    if ((*next)->type == FileType::directory) {
      if (auto inner = directory.open_directory(name); inner && !count_below(**inner, totals, depth + 1, stop)) return false;
    } else if (const auto stat = directory.stat(name); stat && stat->type == FileType::regular) {
      add(totals, *stat);
    }
  }
}

bool count_source(Source& source, bool recursive, Totals& totals, const std::atomic<bool>& stop) {
  ++totals.entries;
  const auto stat = source.name.empty() ? source.parent->stat() : source.parent->stat(source.name);
  if (!stat) return true;
  if (stat->type == FileType::regular) add(totals, *stat);
  if (stat->type != FileType::directory || !recursive) return true;
  if (source.name.empty()) return count_below(*source.parent, totals, 1, stop);
  const auto inner = source.parent->open_directory(source.name);
  return !inner || count_below(**inner, totals, 1, stop);
}

// What tells no size, or a wrong one: files of /proc and /sys. Small files without a block are sent the same way.
bool tells_no_size(const FileStat& stat) { return stat.allocated == 0 && stat.size <= 4096; }

} // namespace

Totals count_entries(std::vector<Source>& sources, bool recursive, const std::atomic<bool>& stop) {
  Totals totals;
  for (auto& source : sources) {
    if (source.stream) return {};
    const bool finds = source.find && !source.parent;
    if (finds && !source.find(source)) continue;
    const bool whole = count_source(source, recursive, totals, stop);
    if (finds) source.parent.reset();
    if (!whole) return {};
  }
  return totals;
}

Sender::Sender(std::vector<Source> sources, Options options, Owners& owners, Progress& progress)
    : sources_(std::move(sources)), options_(options), owners_(owners), progress_(progress) {}

void Sender::fail_entry(const std::string& shown, const Error& why) {
  ++counts_.failed;
  if (counts_.failures.size() < kMaxFailures) counts_.failures.push_back({shown, why.code, why.message});
}

// False: done, or a reply is missing.
Result<bool> Sender::next_step() {
  if (!ready_ || asked_) {
    if (!resume_) return false;
    RS_CHECK(on_resume(*std::exchange(resume_, std::nullopt)));
    return true;
  }
  if (!std::exchange(started_, true)) {
    const auto totals = count_entries(sources_, options_.recursive, progress_.stop);
    progress_.total_files = totals.entries;
    progress_.total_bytes = totals.bytes;
    put(totals);
    return true;
  }
  if (!needed_.empty()) {
    send_needed();
    return true;
  }
  // What comes after the last entry that is probed may be a link to one that is to be sent again.
  if (probes_.size() >= kMaxProbes || (entry_ >= ready_->completed && !probes_.empty())) return false;
  if (!levels_.empty()) {
    next_entry();
    return true;
  }
  return next_source();
}

Result<bool> Sender::next_source() {
  if (next_source_ == sources_.size()) {
    if (!probes_.empty() || std::exchange(ended_, true)) return false;
    put(End{});
    return true;
  }
  if (next_source_ > 0 && sources_[next_source_ - 1].find) sources_[next_source_ - 1].parent.reset();
  auto& source = sources_[next_source_++];
  path_.clear();
  shown_ = source.shown;
  if (source.find && !source.parent) {
    if (const auto found = source.find(source); !found) {
      fail_entry(source.shown, found.error());
      return true;
    }
    shown_ = source.shown;
  }
  if (source.stream) {
    begin_stream(source);
  } else if (source.name.empty()) {
    const auto stat = source.parent->stat();
    if (!stat) fail_entry(shown_, stat.error());
    else if (!options_.recursive) fail_entry(shown_, fail(Errc::invalid, "is a directory; -r takes it with all that is in it"));
    else enter(source.parent, source.as, *stat);
  } else {
    begin_entry(*source.parent, source.name, std::nullopt, source.as);
  }
  return true;
}

void Sender::next_entry() {
  auto& level = levels_.back();
  const auto next = level.listing->next();
  if (!next) fail_entry(shown_, next.error());
  if (!next || !*next) {
    put(DirectoryEnd{});
    path_.resize(level.path_size);
    shown_.resize(level.shown_size);
    levels_.pop_back();
    return;
  }
  const auto& name = (*next)->name;
  const auto shown_size = shown_.size();
  shown_ += "/" + name;
  const auto depth = levels_.size();
  begin_entry(*level.directory, name, (*next)->type, name);
  if (levels_.size() == depth) shown_.resize(shown_size);
  else levels_.back().shown_size = shown_size;
}

void Sender::begin_entry(Directory& parent, const std::string& name, std::optional<FileType> type, const std::string& as) {
  std::optional<FileStat> known;
  if (type != FileType::regular) {
    const auto stat = parent.stat(name);
    if (!stat) return fail_entry(shown_, stat.error());
    known = *stat;
    type = stat->type;
  }
  switch (*type) {
    case FileType::directory: return begin_directory(parent, name, as, *known);
    case FileType::symlink: return send_symlink(parent, name, as, *known);
    case FileType::regular: break;
    default:
      if (!levels_.empty()) ++counts_.skipped;
      else
        fail_entry(shown_, fail(Errc::unsupported,
                                "is no regular file, directory or link, but a " + std::string(describe::enum_name(*type))));
      return;
  }
  auto file = parent.open_file(name);
  if (!file) return fail_entry(shown_, file.error());
  const auto stat = (*file)->stat();
  if (!stat) return fail_entry(shown_, stat.error());
  if (!options_.content && (send_as_hard_link(*stat, as) || send_as_probe(*stat, as))) return;
  ++entry_;
  begin_content(std::move(*file), *stat, below(path_, as), shown_);
}

void Sender::begin_directory(Directory& parent, const std::string& name, const std::string& as, FileStat stat) {
  if (!options_.recursive) return fail_entry(shown_, fail(Errc::invalid, "is a directory; -r takes it with all that is in it"));
  if (levels_.size() >= kMaxDepth)
    return fail_entry(shown_, fail(Errc::limit, "more than " + std::to_string(kMaxDepth) + " directories deep"));
  auto directory = parent.open_directory(name);
  if (!directory) return fail_entry(shown_, directory.error());
  enter(std::move(*directory), as, stat);
}

void Sender::enter(std::shared_ptr<Directory> directory, const std::string& as, const FileStat& stat) {
  auto listing = directory->list();
  if (!listing) return fail_entry(shown_, listing.error());
  if (options_.preserve) put_attributes(directory->attributes(), shown_);
  put(DirectoryBegin{meta_of(stat), as});
  ++entry_;
  ++counts_.directories;
  const auto path_size = path_.size();
  path_ = below(path_, as);
  levels_.push_back({std::move(directory), std::move(*listing), path_size, shown_.size()});
}

std::string Sender::below(const std::string& base, const std::string& name) const {
  return base.empty() || name.empty() ? base + name : base + "/" + name;
}

// An earlier attempt has sent it: is it still there?
bool Sender::send_as_probe(const FileStat& stat, const std::string& as) {
  auto path = below(path_, as);
  if (entry_ >= ready_->completed || path.size() > kMaxPath) return false;
  probes_.push_back({next_source_ - 1, std::move(path), shown_, stat.size, {}, stat.links > 1});
  put(Probe{meta_of(stat), stat.size, as});
  ++entry_;
  return true;
}

void Sender::begin_content(std::unique_ptr<File> file, const FileStat& stat, std::string path, std::string shown) {
  const auto size = options_.content || tells_no_size(stat) ? std::nullopt : std::optional(stat.size);
  if (options_.preserve) put_attributes(file->attributes(), shown);
  asked_ = size && asks_left_ > 0 && *size > kBlock;
  if (asked_) --asks_left_;
  put(FileBegin{meta_of(stat), size, asked_, path.substr(path.rfind('/') + 1)});
  reading_.emplace(Reading{});
  reading_->file = std::move(file);
  reading_->before = stat;
  reading_->path = std::move(path);
  reading_->shown = std::move(shown);
  reading_->size = size;
  reading_->sparse = size && is_sparse(stat);
  if (options_.verify) reading_->hash.emplace();
}

// True: the content has gone under another name. A set of links too large to remember is sent as separate files.
bool Sender::send_as_hard_link(const FileStat& stat, const std::string& as) {
  if (stat.links < 2) return false;
  const auto key = std::pair(stat.device, stat.inode);
  if (const auto found = linked_.find(key); found != linked_.end()) {
    if (send_as_probe(stat, as)) {
      probes_.back().link_target = found->second;
      return true;
    }
    put(HardLink{as, found->second});
    ++entry_;
    ++counts_.links;
    return true;
  }
  auto path = below(path_, as);
  if (path.size() > kMaxPath || linked_bytes_ + path.size() + kLinkOverhead > kMaxHardLinkBytes) return false;
  linked_bytes_ += path.size() + kLinkOverhead;
  linked_.emplace(key, std::move(path));
  return false;
}

void Sender::send_symlink(Directory& parent, const std::string& name, const std::string& as, const FileStat& stat) {
  auto target = parent.read_link(name);
  if (!target) return fail_entry(shown_, target.error());
  put(Symlink{meta_of(stat), as, std::move(*target)});
  ++entry_;
  ++counts_.links;
}

void Sender::begin_stream(Source& source) {
  EntryMeta meta{.mode = 0644, .modified = {}, .uid = 0, .gid = 0};
  if (const auto stat = source.stream->stat()) meta.modified = stat->modified;
  put(FileBegin{meta, std::nullopt, false, source.as});
  ++entry_;
  reading_.emplace(Reading{});
  reading_->file = std::move(source.stream);
  reading_->path = source.as;
  reading_->shown = source.shown;
  if (options_.verify) reading_->hash.emplace();
}

EntryMeta Sender::meta_of(const FileStat& stat) {
  EntryMeta meta{stat.mode, stat.modified, 0, 0};
  if (!options_.preserve) return meta;
  name_owner(false, meta.uid = stat.uid);
  name_owner(true, meta.gid = stat.gid);
  return meta;
}

void Sender::name_owner(bool group, std::uint32_t id) {
  if (!named_.emplace(group, id).second) return;
  if (auto name = group ? owners_.group_name(id) : owners_.user_name(id)) put(OwnerName{group, id, std::move(*name)});
}

void Sender::put_attributes(Result<std::vector<Attribute>> attributes, const std::string& shown) {
  if (!attributes) return fail_entry(shown, within("attributes", attributes.error()));
  for (auto& attribute : *attributes) put(Attributes{{std::move(attribute)}});
}

} // namespace rs::files
