#include "files/limits.hpp"
#include "files/receiver.hpp"

#include <algorithm>

// A Receiver's files: their content, and how they get their names.
namespace rs::files {
namespace {

// A cut file goes on only as itself: another size or time is another name.
std::string partial_name(const std::string& key, const std::string& path, const FileBegin& begin) {
  crypto::Sha256 hash;
  const auto add = [&](const std::string& text) {
    hash.update({reinterpret_cast<const std::uint8_t*>(text.c_str()), text.size() + 1});
  };
  add(key);
  add(path);
  add(std::to_string(*begin.size));
  add(std::to_string(begin.meta.modified.seconds) + "." + std::to_string(begin.meta.modified.nanoseconds));
  return std::string(kPartialPrefix) + hex(ByteView(hash.finish()).first(16));
}

Result<crypto::Hash32> hash_of(File& file, std::uint64_t bytes, const std::atomic<bool>& stop) {
  crypto::Sha256 hash;
  Bytes block(kBlock);
  for (std::uint64_t at = 0; at < bytes;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), bytes - at));
    RS_TRY(const auto got, file.read(at, {block.data(), wanted}));
    if (got == 0) return fail(Errc::io, "shorter than what was written");
    if (stop) return fail(Errc::interrupted, "the transfer was given up");
    hash.update({block.data(), got});
    at += got;
  }
  return hash.finish();
}

} // namespace

Result<void> Receiver::on(FileBegin& begin) {
  auto at = std::exchange(at_, std::nullopt);
  if (!at) ++entries_;
  Writing writing;
  writing.metadata = metadata_of(begin.meta);
  writing.size = begin.size;
  writing.asked = begin.ask;
  skipping_file_ = true; // until it is open
  if (at) {
    writing.directory = at->directory ? at->directory.get() : options_.base.get();
    if (at->path.empty()) RS_CHECK(check_asked(begin.name, false));
    writing.name = !at->directory && renamed_root_ ? *options_.name : begin.name;
  } else if (skipping_ == 0) {
    writing.directory = &current();
    RS_TRY(writing.name, final_name(begin.name));
  }
  writing.shown = shown_of(at ? at->path : path_, writing.name.empty() ? begin.name : writing.name);
  Result<void> opened;
  if (at && at->failed) opened = *at->failed;
  else if (skipping_ == 0 || at) opened = open(writing, begin);
  if (!opened || writing.file == nullptr) {
    if (begin.ask) reply(Resume{});
    return opened ? Result<void>() : failed(writing.shown, opened.error());
  }
  skipping_file_ = false;
  writing.elsewhere = std::move(at);
  writing_ = std::move(writing);
  return {};
}

Result<void> Receiver::open(Writing& writing, const FileBegin& begin) {
  writing.resumable = journal_ && options_.resumable && begin.size.value_or(0) > kBlock && record_.partials.size() < kMaxPartials;
  if (!writing.resumable) {
    if (unsaved_bytes_ + writing.size.value_or(0) > kBlock) save(1); // a kill must not cost two blocks
    writing.temporary = temporary();
    RS_CHECK(create(writing));
    if (begin.ask) reply(Resume{});
    return {};
  }
  writing.temporary = partial_name(options_.key, writing.shown, begin);
  if (begin.ask) {
    if (auto found = writing.directory->reopen_file(writing.temporary)) writing.file = std::move(*found);
  }
  const bool found = writing.file != nullptr;
  remember(writing);
  if (!found) RS_CHECK(create(writing));
  return begin.ask ? offer(writing, found) : Result<void>();
}

// What an attempt that was killed left under this name is nobody's: the journal's lock is ours.
Result<void> Receiver::create(Writing& writing) {
  auto created = writing.directory->create_file(writing.temporary);
  if (!created && created.error().code == Errc::conflict) {
    RS_CHECK(writing.directory->remove(writing.temporary));
    created = writing.directory->create_file(writing.temporary);
  }
  if (!created) return created.error();
  writing.file = std::move(*created);
  if (!first_made_) note_made(writing.file->stat());
  return {};
}

// On record before it is there: a cut at any moment leaves a file that is known.
void Receiver::remember(const Writing& writing) {
  const auto slash = writing.shown.rfind('/');
  const PartialFile partial{writing.shown.substr(0, std::max<std::size_t>(slash, 1)), writing.temporary};
  if (std::ranges::find(record_.partials, partial) == record_.partials.end()) record_.partials.push_back(partial);
  save(1);
}

Result<void> Receiver::offer(Writing& writing, bool found) {
  Resume resume;
  if (found) {
    RS_TRY(const auto stat, writing.file->stat());
    resume.offset = std::min(stat.size, *writing.size) / kBlock * kBlock;
    RS_TRY(resume.hash, hash_of(*writing.file, resume.offset, progress_.stop));
  }
  writing.offset = resume.offset; // as offered; From says what of it holds
  reply(resume);
  return {};
}

Result<void> Receiver::on(From& from) {
  if (!writing_) return {};
  auto& w = *writing_;
  if (!w.asked || (from.offset != 0 && from.offset != w.offset))
    return fail(Errc::invalid, "a place in a file that was not offered");
  w.asked = false;
  w.offset = from.offset;
  progress_.bytes += from.offset;
  if (w.resumable) {
    if (auto cut = w.file->resize(from.offset); !cut) return drop_file(cut.error());
  }
  return {};
}

Result<void> Receiver::on_content(ByteView bytes) {
  if (!writing_) return skipping_file_ ? Result<void>() : fail(Errc::invalid, "content without a file");
  auto& w = *writing_;
  if (w.asked) return fail(Errc::invalid, "content before its place");
  if (bytes.size() > w.size.value_or(kMaxSize) - w.offset) return fail(Errc::invalid, "more content than the file's size");
  if (auto written = w.file->write(w.offset, bytes); !written) return drop_file(written.error());
  w.offset += bytes.size();
  w.ends_in_hole = false;
  counts_.bytes += bytes.size();
  progress_.bytes += bytes.size();
  progress_.moved += bytes.size();
  unsaved_bytes_ += bytes.size();
  return {};
}

Result<void> Receiver::on(Hole& hole) {
  if (!writing_) return {};
  auto& w = *writing_;
  if (w.asked || !w.size || hole.bytes > *w.size - w.offset) return fail(Errc::invalid, "a hole outside of the file");
  w.offset += hole.bytes;
  w.ends_in_hole = true;
  progress_.bytes += hole.bytes;
  return {};
}

Result<void> Receiver::on(Abandon&) {
  if (!writing_) {
    skipping_file_ = false;
    return {};
  }
  return drop_file(std::nullopt);
}

Result<void> Receiver::on(FileEnd& end) {
  if (!std::exchange(skipping_file_, false)) {
    auto& w = *writing_;
    if (w.asked || (w.size && w.offset != *w.size)) return fail(Errc::invalid, "a file that ends before its size");
    if (auto completed = complete(w, end); !completed) {
      RS_CHECK(drop_file(completed.error()));
    } else {
      std::erase_if(record_.partials, [&](const PartialFile& p) { return p.name.bytes == w.temporary; });
      writing_.reset();
      ++counts_.files;
      ++progress_.files;
    }
  }
  count_entry(0);
  skipping_file_ = false;
  return {};
}

Result<void> Receiver::complete(Writing& w, const FileEnd& end) {
  if (w.ends_in_hole) RS_CHECK(w.file->resize(w.offset));
  if (end.hash) {
    RS_TRY(const auto hash, hash_of(*w.file, w.offset, progress_.stop));
    if (hash != *end.hash) return fail(Errc::hash_mismatch, "what was written is not what was sent");
  }
  const auto set = w.file->set(w.metadata);
  if (options_.fsync) RS_CHECK(w.file->sync());
  // First: after a kill in between a probe misses it, and it goes on at its last block. Unless the probe took what is replaced
  // for it.
  const auto there = w.resumable ? w.directory->stat(w.name) : Result<FileStat>(FileStat{});
  if (w.resumable && !(there && is_the_same(*there, *w.size, w.metadata.modified))) save(0);
  RS_CHECK(put_in_place(*w.directory, w.temporary, w.name));
  if (!set) count_failure(w.shown, set.error()); // whole, but not all that belongs to it
  return w.elsewhere ? restore(*w.elsewhere) : Result<void>();
}

Result<void> Receiver::put_in_place(Directory& directory, const std::string& temporary, const std::string& name) {
  const auto renamed = directory.rename(temporary, name, Replace::no);
  if (renamed || renamed.error().code != Errc::conflict) return renamed;
  RS_TRY(const auto there, directory.stat(name));
  if (there.type == FileType::directory) return fail(Errc::conflict, "there is a directory of this name");
  RS_CHECK(check_spelling(directory, name, there));
  return directory.rename(temporary, name, Replace::yes);
}

// The file that is being written goes; an error that ends everything keeps it for the next attempt, see abandon().
Result<void> Receiver::drop_file(const std::optional<Error>& why) {
  if (why && is_fatal(why->code)) return within(writing_->shown, *why);
  auto w = std::move(*writing_);
  writing_.reset();
  w.file.reset();
  (void)w.directory->remove(w.temporary);
  if (w.elsewhere) (void)restore(*w.elsewhere);
  std::erase_if(record_.partials, [&](const PartialFile& p) { return p.name.bytes == w.temporary; });
  skipping_file_ = why.has_value(); // the rest of it is still to come
  return why ? failed(w.shown, *why) : Result<void>();
}

} // namespace rs::files
