#include "files/limits.hpp"
#include "files/sender.hpp"

#include <algorithm>

// A Sender's side of going on where an earlier attempt was cut.
namespace rs::files {
namespace {

constexpr unsigned kAsks = 16; // of files that may be the unfinished one

} // namespace

Result<void> Sender::on_replies(ByteView bytes) {
  return replies_.read(bytes, [this](Reply reply) { return on_reply(std::move(reply)); });
}

Result<void> Sender::on_reply(Reply reply) {
  if (const auto* ready = std::get_if<Ready>(&reply)) {
    if (ready_) return fail(Errc::invalid, "the receiver is ready twice");
    ready_ = *ready;
    progress_.placement = ready->renames ? Placement::renamed : Placement::inside;
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
    if (!got || *got == 0 || progress_.stop) return false;
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
  auto& source = sources_[probing.source];
  const bool finds = source.find && !source.parent;
  if (finds) RS_CHECK(source.find(source));
  const auto parent = finds ? std::exchange(source.parent, nullptr) : source.parent;
  RS_TRY(auto parts, split_path(probing.path));
  if (!source.name.empty()) parts.front() = source.name;
  else if (!source.as.empty()) parts.erase(parts.begin());
  std::unique_ptr<Directory> opened;
  auto* directory = parent.get();
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    RS_TRY(opened, directory->open_directory(parts[i]));
    directory = opened.get();
  }
  return directory->open_file(parts.back());
}

} // namespace rs::files
