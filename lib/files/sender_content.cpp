#include "files/limits.hpp"
#include "files/sender.hpp"

#include <algorithm>
#include <cstring>

// A Sender's frames: records and contents, compressed where that shrinks them.
namespace rs::files {
namespace {

constexpr std::size_t kSmallestRead = 512;      // bytes; less room than this waits for the next frame
constexpr std::size_t kFirstPlainRun = 1 << 20; // bytes that are not tried to be compressed after one piece did not shrink
constexpr std::size_t kLongestPlainRun = 64 << 20;

Error changed() { return fail(Errc::conflict, "changed while it was read"); }

// Feeds `bytes` zeros.
void hash_zeros(crypto::Sha256& hash, std::uint64_t bytes, const std::atomic<bool>& stop) {
  static const Bytes zeros(64 << 10);
  for (; bytes > 0 && !stop; bytes -= std::min<std::uint64_t>(bytes, zeros.size()))
    hash.update({zeros.data(), static_cast<std::size_t>(std::min<std::uint64_t>(bytes, zeros.size()))});
}

} // namespace

Result<Sender::Filled> Sender::fill(MutableBytes room) {
  if (progress_.stop) return fail(Errc::interrupted, "the transfer was given up");
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
      if (r.hash) hash_zeros(*r.hash, begin - r.offset, progress_.stop);
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

} // namespace rs::files
