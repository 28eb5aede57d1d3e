#pragma once

#include "files/limits.hpp"
#include "files/receiver.hpp"
#include "files/sender.hpp"
#include "support/memory_disk.hpp"
#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>

namespace rs::test {

// Bytes that do not shrink.
inline std::string random_text(std::size_t bytes, std::uint64_t seed = 1) {
  Bytes out(bytes);
  SeededRandom(seed).fill(out);
  return to_text(out);
}

class FakeOwners final : public files::Owners {
 public:
  std::map<std::uint32_t, std::string> users;
  std::map<std::uint32_t, std::string> groups;

  std::optional<std::string> user_name(std::uint32_t uid) override { return name_of(users, uid); }
  std::optional<std::string> group_name(std::uint32_t gid) override { return name_of(groups, gid); }
  std::optional<std::uint32_t> user_id(const std::string& name) override { return id_of(users, name); }
  std::optional<std::uint32_t> group_id(const std::string& name) override { return id_of(groups, name); }

 private:
  using Names = std::map<std::uint32_t, std::string>;
  static std::optional<std::string> name_of(const Names& names, std::uint32_t id) {
    const auto found = names.find(id);
    return found == names.end() ? std::nullopt : std::optional(found->second);
  }
  static std::optional<std::uint32_t> id_of(const Names& names, const std::string& name) {
    for (const auto& [id, known] : names) {
      if (known == name) return id;
    }
    return std::nullopt;
  }
};

// A sender and a receiver joined in memory: from the disk `source` into the directory "dst" of the disk `target`. What the
// sender is ahead of the receiver is at most `window`, and is lost with a cut.
class TransferScene {
 public:
  MemoryDisk source;
  MemoryDisk target;
  FakeOwners source_owners;
  FakeOwners target_owners;
  files::Sender::Options options{.recursive = true};
  std::vector<std::pair<std::string, std::string>> sources; // path on the disk, name over there
  std::optional<std::string> name;                          // see Receiver::Options
  std::optional<std::vector<std::string>> asked;
  bool directories = true;
  bool preserve = false;
  bool fsync = false;
  bool resume = true;
  std::size_t frame = 64 << 10;
  std::size_t window = 2 << 20;
  std::optional<files::JournalRecord> journal;                        // as it lies on the target's disk
  std::uint64_t sent = 0;                                             // contents, over all attempts
  std::function<void(std::size_t)> before_frame = [](std::size_t) {}; // the nth of the attempt reaches the receiver

  TransferScene() {
    target.add_directory("dst");
    target.now = {1'700'000'000, 0};
  }

  struct Attempt {
    Result<void> how;
    files::TransferCounts sent{};
    files::TransferCounts received{};
    std::size_t frames = 0; // that the receiver has taken
    bool cut = false;
  };

  // To its end, or until the receiver has taken `cut_after` frames; then what is on its way is lost.
  Attempt attempt(std::size_t cut_after = SIZE_MAX) {
    files::Progress progress;
    files::Sender sender(make_sources(), options, source_owners, progress);
    files::Progress receiver_progress;
    auto receiver = make_receiver(receiver_progress);
    Attempt out{.how = receiver->start()};
    if (out.how) out.how = move_all(sender, *receiver, out, cut_after);
    if (!out.how || out.cut) receiver->abandon();
    out.sent = sender.counts();
    out.received = receiver->counts();
    sent += out.sent.bytes;
    return out;
  }

  // Everything arrived, nothing was left behind.
  void expect_whole(const std::string& from, const std::string& to) {
    EXPECT_EQ(tree(target, "dst/" + to), tree(source, from));
    expect_tidy();
  }
  void expect_tidy() {
    EXPECT_EQ(litter(), std::vector<std::string>());
    EXPECT_FALSE(journal);
  }
  std::vector<std::string> litter() const {
    auto names = target.names();
    std::erase_if(names, [](const std::string& path) { return path.find(files::kPartialPrefix) == std::string::npos; });
    return names;
  }

  // An entry a line: what a transfer has to keep of it.
  static std::vector<std::string> tree(MemoryDisk& disk, const std::string& top) {
    std::vector<std::string> out;
    std::map<std::uint64_t, std::string> first_names;
    for (const auto& path : disk.names()) {
      if (path == top) out.push_back(line(disk, path, ".", first_names));
      else if (path.starts_with(top + "/")) out.push_back(line(disk, path, path.substr(top.size() + 1), first_names));
    }
    return out;
  }

  files::Receiver::Options receiver_options() {
    return {.base = target.directory("dst"),
            .base_path = "/dst",
            .name = name,
            .asked = asked,
            .directories = directories,
            .preserve = preserve,
            .fsync = fsync,
            .prefix = std::string(files::kPartialPrefix) + "attempt" + std::to_string(attempts_) + "-",
            .key = "key",
            .now = WallTime(std::chrono::seconds(target.now.seconds))};
  }
  std::unique_ptr<files::Receiver> make_receiver(files::Progress& progress) {
    ++attempts_;
    return std::make_unique<files::Receiver>(receiver_options(), resume ? std::make_unique<SceneJournal>(*this) : nullptr,
                                             target_owners, progress);
  }

 private:
  // Saves to the target's disk: a call of it like another, which fails when the disk does.
  class SceneJournal final : public files::Journal {
   public:
    explicit SceneJournal(TransferScene& scene) : scene_(scene), disk_(scene.target.root()) {}
    files::JournalRecord load() override { return scene_.journal.value_or(files::JournalRecord()); }
    Result<void> save(const files::JournalRecord& record) override {
      RS_CHECK(disk_->sync_filesystem());
      scene_.journal = record;
      return {};
    }
    void forget() override {
      if (!disk_->sync_filesystem()) return;
      if (scene_.journal) remove_partials(*scene_.journal);
      scene_.journal.reset();
    }

   private:
    void remove_partials(const files::JournalRecord& record) {
      for (const auto& partial : record.partials) {
        const auto path = (partial.folder.bytes + "/" + partial.name.bytes).substr(1);
        if (scene_.target.exists(path)) scene_.target.remove(path);
      }
    }
    TransferScene& scene_;
    std::unique_ptr<files::Directory> disk_;
  };

  struct InFlight {
    std::uint8_t kind;
    Bytes bytes;
  };

  std::vector<files::Source> make_sources() {
    std::vector<files::Source> out;
    for (const auto& [path, as] : sources) {
      files::Source one;
      const auto slash = path.rfind('/');
      one.parent = source.directory(slash == std::string::npos ? "" : path.substr(0, slash));
      one.name = path.substr(slash + 1);
      if (as.empty()) { // its contents
        one.parent = source.directory(path);
        one.name.clear();
      }
      one.as = as;
      one.shown = path;
      out.push_back(std::move(one));
    }
    return out;
  }

  Result<void> move_all(files::Sender& sender, files::Receiver& receiver, Attempt& out, std::size_t cut_after) {
    std::deque<InFlight> in_flight;
    std::size_t ahead = 0;
    for (;;) {
      RS_CHECK(sender.on_replies(as_bytes(receiver.take_replies())));
      while (ahead + frame <= std::max(window, frame)) {
        Bytes room(frame);
        RS_TRY(const auto filled, sender.fill(room));
        if (filled.size == 0) break;
        room.resize(filled.size);
        ahead += room.size();
        in_flight.push_back({filled.kind, std::move(room)});
      }
      if (out.frames == cut_after) {
        out.cut = true;
        return {};
      }
      if (in_flight.empty()) {
        if (sender.done()) return receiver.finish();
        const auto replies = receiver.take_replies();
        if (replies.empty()) return fail(Errc::internal, "both ends wait for each other");
        RS_CHECK(sender.on_replies(as_bytes(replies)));
        continue;
      }
      before_frame(out.frames);
      const auto front = std::move(in_flight.front());
      in_flight.pop_front();
      ahead -= front.bytes.size();
      ++out.frames;
      RS_CHECK(receiver.on_frame(front.kind, front.bytes));
    }
  }

  static std::string line(MemoryDisk& disk, const std::string& path, const std::string& shown,
                          std::map<std::uint64_t, std::string>& first_names) {
    const auto stat = disk.stat(path);
    auto out = shown + " " + std::string(describe::enum_name(stat.type)) + " " + std::to_string(stat.mode) + " " +
               std::to_string(stat.modified.seconds) + "." + std::to_string(stat.modified.nanoseconds);
    if (stat.type == files::FileType::symlink) out += " -> " + disk.link_target(path);
    if (stat.type != files::FileType::regular) return out;
    const auto content = disk.content(path);
    out +=
        " " + std::to_string(stat.size) + " in " + std::to_string(stat.allocated) + " " + hex(crypto::sha256(as_bytes(content)));
    return out + " is " + first_names.emplace(stat.inode, shown).first->second;
  }

  int attempts_ = 0;
};

} // namespace rs::test
