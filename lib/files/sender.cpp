#include "files/sender.hpp"

#include "files/limits.hpp"

#include <algorithm>
#include <cstring>

namespace rs::files {
namespace {

constexpr std::size_t kSmallestRead = 512;      // bytes; less room than this waits for the next frame
constexpr std::size_t kLinkOverhead = 96;       // bytes beside its path that a link costs here
constexpr unsigned kAsks = 16;                  // of files that may be the unfinished one
constexpr std::size_t kFirstPlainRun = 1 << 20; // bytes that are not tried to be compressed after one piece did not shrink
constexpr std::size_t kLongestPlainRun = 64 << 20;

bool is_sparse(const FileStat& stat) { return stat.allocated < stat.size; }

Error changed() { return fail(Errc::conflict, "changed while it was read"); }

// Feeds `bytes` zeros.
void hash_zeros(crypto::Sha256& hash, std::uint64_t bytes) {
  static const Bytes zeros(64 << 10);
  for (; bytes > 0; bytes -= std::min<std::uint64_t>(bytes, zeros.size()))
    hash.update({zeros.data(), static_cast<std::size_t>(std::min<std::uint64_t>(bytes, zeros.size()))});
}

void add(Totals& totals, const FileStat& stat) {
  totals.bytes += stat.size;
  totals.allocated += std::min(stat.size, stat.allocated) / std::max<std::uint64_t>(1, stat.links); // links share it
}

// False: more than kMaxScan.
bool count_below(Directory& directory, Totals& totals, std::size_t depth) {
  if (depth > kMaxDepth) return true;
  auto listing = directory.list();
  if (!listing) return true;
  for (;;) {
    const auto next = (*listing)->next();
    if (!next || !*next) return true;
    if (++totals.entries > kMaxScan) return false;
    const auto& name = (*next)->name;
    if ((*next)->type == FileType::directory) {
      if (auto inner = directory.open_directory(name); inner && !count_below(**inner, totals, depth + 1)) return false;
    } else if (const auto stat = directory.stat(name); stat && stat->type == FileType::regular) {
      add(totals, *stat);
    }
  }
}

} // namespace

Totals count_entries(std::vector<Source>& sources, bool recursive) {
  Totals totals;
  for (auto& source : sources) {
    if (source.stream) return {};
    ++totals.entries;
    const auto stat = source.name.empty() ? source.parent->stat() : source.parent->stat(source.name);
    if (!stat) continue;
    if (stat->type == FileType::regular) add(totals, *stat);
    if (stat->type != FileType::directory || !recursive) continue;
    if (source.name.empty()) {
      if (!count_below(*source.parent, totals, 1)) return {};
    } else if (auto inner = source.parent->open_directory(source.name)) {
      if (!count_below(**inner, totals, 1)) return {};
    }
  }
  return totals;
}

Sender::Sender(std::vector<Source> sources, Options options, Owners& owners, Progress& progress)
    : sources_(std::move(sources)), options_(options), owners_(owners), progress_(progress) {}

Result<Sender::Filled> Sender::fill(MutableBytes room) {
  if (!compresses()) {
    RS_TRY(const auto size, produce(room));
    plain_left_ -= std::min(plain_left_, size);
    return Filled{kPlainStream, size};
  }
  plain_.resize(Compressor::fitting(room.size()));
  RS_TRY(const auto size, produce(plain_));
  if (size == 0) return Filled{kZstdStream, 0};
  const auto packed = compressor_.compress({plain_.data(), size}, room);
  note_ratio(size, packed);
  return Filled{kZstdStream, packed};
}

bool Sender::compresses() const {
  return options_.compress == Compress::zstd || (options_.compress == Compress::auto_ && plain_left_ == 0);
}

// What did not shrink by a tenth is followed by ever longer runs that are not tried.
void Sender::note_ratio(std::size_t in, std::size_t out) {
  if (in < kSmallestRead) return;
  if (out < in - in / 10) {
    plain_run_ = 0;
    return;
  }
  plain_run_ = std::clamp(plain_run_ * 2, kFirstPlainRun, kLongestPlainRun);
  plain_left_ = plain_run_;
}

Result<std::size_t> Sender::produce(MutableBytes room) {
  std::size_t at = 0;
  while (at < room.size()) {
    if (!pending_.empty()) {
      const auto part = std::min(room.size() - at, pending_.size() - pending_at_);
      std::memcpy(room.data() + at, pending_.data() + pending_at_, part);
      at += part;
      pending_at_ += part;
      if (pending_at_ == pending_.size()) {
        pending_.clear();
        pending_at_ = 0;
      }
    } else if (reading_ && !asked_) {
      RS_TRY(const auto size, read_content(room.subspan(at)));
      if (size == 0 && reading_ && pending_.empty()) break; // too little room
      at += size;
    } else {
      RS_TRY(const bool more, next_step());
      if (!more) break;
    }
  }
  return at;
}

// A piece of content with its header; or, at a hole or the end, a record. 0 with neither: too little room.
Result<std::size_t> Sender::read_content(MutableBytes room) {
  auto& r = *reading_;
  if (r.size && r.offset >= *r.size) {
    end_file();
    return std::size_t(0);
  }
  std::uint64_t until = r.size.value_or(kMaxSize);
  if (r.sparse) {
    if (!r.extent || r.offset >= r.extent->end) {
      const auto next = r.file->next_data(r.offset);
      if (!next) return abandon_file(next.error()), std::size_t(0);
      r.extent = *next;
      if (next->begin == next->end) r.extent = Extent{*r.size, *r.size};
    }
    const auto begin = std::min(r.extent->begin, *r.size);
    if (begin > r.offset) {
      put(Hole{begin - r.offset});
      if (r.hash) hash_zeros(*r.hash, begin - r.offset);
      r.offset = begin;
      return std::size_t(0);
    }
    until = std::min(until, r.extent->end);
  }
  const auto left = until - r.offset;
  if (room.size() < kDataHeader + std::min<std::uint64_t>(left, kSmallestRead)) return std::size_t(0);
  const auto content =
      room.subspan(kDataHeader, static_cast<std::size_t>(std::min<std::uint64_t>(left, room.size() - kDataHeader)));
  const auto got = r.file->read(r.offset, content);
  if (!got) return abandon_file(got.error()), std::size_t(0);
  if (*got == 0) {
    if (r.size) abandon_file(changed());
    else end_file();
    return std::size_t(0);
  }
  put_data_header(room.data(), static_cast<std::uint32_t>(*got));
  if (r.hash) r.hash->update(content.first(*got));
  r.offset += *got;
  counts_.bytes += *got;
  progress_.bytes += *got;
  progress_.moved += *got;
  return kDataHeader + *got;
}

// A file that grew is whole as it was at the start; one that was rewritten or cut is not what anybody asked for.
void Sender::end_file() {
  auto& r = *reading_;
  if (r.size) {
    const auto after = r.file->stat();
    if (!after) return abandon_file(after.error());
    if (after->size < r.before.size || (after->size == r.before.size && after->modified != r.before.modified))
      return abandon_file(changed());
  }
  FileEnd end;
  if (r.hash) end.hash = r.hash->finish();
  put(end);
  ++counts_.files;
  ++progress_.files;
  reading_.reset();
}

void Sender::abandon_file(const Error& why) {
  put(Abandon{});
  fail_entry(reading_->shown, why);
  if (reading_->before.links > 1) linked_.erase({reading_->before.device, reading_->before.inode});
  reading_.reset();
}

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
    const auto totals = count_entries(sources_, options_.recursive);
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
  auto& source = sources_[next_source_++];
  path_.clear();
  shown_ = source.shown;
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
  const auto size = options_.content ? std::nullopt : std::optional(stat.size);
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

Result<void> Sender::on_replies(ByteView bytes) {
  return replies_.read(bytes, [this](Reply reply) { return on_reply(std::move(reply)); });
}

Result<void> Sender::on_reply(Reply reply) {
  if (const auto* ready = std::get_if<Ready>(&reply)) {
    if (ready_) return fail(Errc::invalid, "the receiver is ready twice");
    ready_ = *ready;
    asks_left_ = ready->partial ? kAsks : 0;
    return {};
  }
  if (const auto* resume = std::get_if<Resume>(&reply)) {
    if (!asked_ || resume_) return fail(Errc::invalid, "an answer to nothing");
    resume_ = *resume;
    return {};
  }
  for (const bool present : std::get<Probed>(reply).present) {
    if (probes_.empty()) return fail(Errc::invalid, "more answers than probes");
    auto& probing = probes_.front();
    if (present && !sent_again_.contains(probing.link_target)) {
      ++counts_.present;
      ++progress_.files;
      progress_.bytes += probing.size;
    } else {
      if (probing.has_links && probing.link_target.empty()) sent_again_.insert(probing.path);
      needed_.push_back(std::move(probing));
    }
    probes_.pop_front();
  }
  return {};
}

Result<void> Sender::on_resume(const Resume& resume) {
  asked_ = false;
  const bool good = resume.offset > 0 && matches(resume);
  if (good) {
    asks_left_ = 0; // there is only one unfinished file
    reading_->offset = resume.offset;
    progress_.bytes += resume.offset;
  } else if (options_.verify) {
    reading_->hash.emplace();
  }
  put(From{good ? resume.offset : 0});
  return {};
}

// Is the beginning of our file what is there? Feeds the hash of --verify on the way.
bool Sender::matches(const Resume& resume) {
  auto& r = *reading_;
  if (resume.offset > r.size) return false;
  crypto::Sha256 hash;
  Bytes block(kBlock);
  for (std::uint64_t at = 0; at < resume.offset;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), resume.offset - at));
    const auto got = r.file->read(at, {block.data(), wanted});
    if (!got || *got == 0) return false;
    hash.update({block.data(), *got});
    if (r.hash) r.hash->update({block.data(), *got});
    at += *got;
  }
  return hash.finish() == resume.hash;
}

// A file that an earlier attempt has brought and that is no longer there as it was.
void Sender::send_needed() {
  auto probing = std::move(needed_.front());
  needed_.pop_front();
  const auto slash = probing.path.rfind('/');
  At at{slash == std::string::npos ? "" : probing.path.substr(0, slash)};
  if (!probing.link_target.empty()) {
    put(std::move(at));
    put(HardLink{probing.path.substr(slash + 1), std::move(probing.link_target)});
    ++counts_.links;
    return;
  }
  auto file = open_again(probing);
  if (!file) return fail_entry(probing.shown, file.error());
  const auto stat = (*file)->stat();
  if (!stat) return fail_entry(probing.shown, stat.error());
  put(std::move(at));
  begin_content(std::move(*file), *stat, std::move(probing.path), std::move(probing.shown));
}

// From the source down by the names that the receiver knows; only the first one may differ here.
Result<std::unique_ptr<File>> Sender::open_again(const Probing& probing) {
  const auto& source = sources_[probing.source];
  RS_TRY(auto parts, split_path(probing.path));
  if (!source.name.empty()) parts.front() = source.name;
  else if (!source.as.empty()) parts.erase(parts.begin());
  std::unique_ptr<Directory> opened;
  auto* directory = source.parent.get();
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    RS_TRY(opened, directory->open_directory(parts[i]));
    directory = opened.get();
  }
  return directory->open_file(parts.back());
}

} // namespace rs::files
