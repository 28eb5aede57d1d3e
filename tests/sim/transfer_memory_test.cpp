#include "support/transfer_scene.hpp"

#include <malloc.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RS_SANITIZER_COUNTS 1
#include <sanitizer/allocator_interface.h>
#endif
#endif

namespace rs::test {
namespace {

using namespace files;

std::size_t bytes_in_use() {
#ifdef RS_SANITIZER_COUNTS
  return __sanitizer_get_current_allocated_bytes();
#else
  return ::mallinfo2().uordblks;
#endif
}

// A directory of as many files of four bytes as the test says, which takes no memory and keeps nothing that is written to it.
struct Endless {
  std::uint64_t entries = 0;
  std::uint64_t links = 1; // of each file; with 2 each is the first name of another
};

class EndlessFile final : public File {
 public:
  explicit EndlessFile(FileStat stat) : stat_(stat) {}
  Result<FileStat> stat() override { return stat_; }
  Result<std::size_t> read(std::uint64_t offset, MutableBytes room) override {
    const auto size = std::min<std::size_t>(room.size(), stat_.size - std::min(stat_.size, offset));
    std::fill_n(room.begin(), size, std::uint8_t{'x'});
    return size;
  }
  Result<void> write(std::uint64_t, ByteView) override { return {}; }
  Result<Extent> next_data(std::uint64_t offset) override { return Extent{offset, stat_.size}; }
  Result<void> resize(std::uint64_t) override { return {}; }
  Result<void> sync() override { return {}; }
  Result<void> set(const Metadata&) override { return {}; }
  Result<std::vector<Attribute>> attributes() override { return std::vector<Attribute>(); }

 private:
  FileStat stat_;
};

class EndlessListing final : public Listing {
 public:
  explicit EndlessListing(std::uint64_t entries) : left_(entries) {}
  Result<std::optional<ListedName>> next() override {
    if (left_ == 0) return std::optional<ListedName>();
    return std::optional(ListedName{"file-" + std::to_string(left_--), FileType::regular});
  }

 private:
  std::uint64_t left_;
};

class EndlessDirectory final : public Directory {
 public:
  explicit EndlessDirectory(Endless what) : what_(what) {}
  Result<FileStat> stat() override { return FileStat{.type = FileType::directory, .mode = 0755}; }
  Result<FileStat> stat(const std::string& name) override {
    if (name == "tree") return stat();
    if (!name.starts_with("file-")) return fail(Errc::not_found, name);
    return FileStat{
        .mode = 0644, .size = 4, .allocated = 4096, .device = 1, .inode = std::stoull(name.substr(5)), .links = what_.links};
  }
  Result<std::unique_ptr<Directory>> open_directory(const std::string&) override {
    return std::make_unique<EndlessDirectory>(what_);
  }
  Result<std::unique_ptr<File>> open_file(const std::string& name) override {
    RS_TRY(const auto found, stat(name));
    return std::make_unique<EndlessFile>(found);
  }
  Result<std::unique_ptr<Listing>> list() override { return std::make_unique<EndlessListing>(what_.entries); }
  Result<std::string> read_link(const std::string& name) override { return fail(Errc::invalid, name); }
  Result<std::vector<Attribute>> attributes() override { return std::vector<Attribute>(); }
  Result<std::unique_ptr<File>> create_file(const std::string&) override { return std::make_unique<EndlessFile>(FileStat{}); }
  Result<std::unique_ptr<File>> reopen_file(const std::string& name) override { return fail(Errc::not_found, name); }
  Result<void> make_directory(const std::string&) override { return {}; }
  Result<void> make_symlink(const std::string&, const std::string&) override { return {}; }
  Result<void> make_hard_link(Directory&, const std::string&, const std::string&) override { return {}; }
  Result<void> rename(const std::string&, const std::string&, Replace) override { return {}; }
  Result<void> remove(const std::string&) override { return {}; }
  Result<void> remove_directory(const std::string&) override { return {}; }
  Result<void> set(const Metadata&) override { return {}; }
  Result<void> set_symlink(const std::string&, const Metadata&) override { return {}; }
  Result<std::uint64_t> free_bytes() override { return std::uint64_t(1) << 40; }
  Result<void> sync_filesystem() override { return {}; }

 private:
  Endless what_;
};

class LastRecord final : public Journal {
 public:
  explicit LastRecord(std::uint64_t completed) { record_.completed = completed; }
  JournalRecord load() override { return record_; }
  Result<void> save(const JournalRecord& record) override {
    record_ = record;
    return {};
  }
  void forget() override {}

 private:
  JournalRecord record_;
};

struct Peak {
  std::size_t early = 0; // most bytes in use in the transfer's first twentieth
  std::size_t late = 0;  // and in the rest
  std::uint64_t files = 0;
};

// A transfer of it, in frames as small as there are, with the memory looked at behind each.
Peak transfer(const Endless& what, std::uint64_t completed) {
  FakeOwners owners;
  Progress progress;
  std::vector<Source> sources(1);
  sources[0].parent = std::make_shared<EndlessDirectory>(what);
  sources[0].name = sources[0].as = "tree";
  Sender sender(std::move(sources), {.recursive = true}, owners, progress);
  Receiver receiver({.base = std::make_unique<EndlessDirectory>(what), .base_path = "/d", .prefix = ".rs-part-x-", .key = "k"},
                    std::make_unique<LastRecord>(completed), owners, progress);
  EXPECT_TRUE(receiver.start());
  Peak peak;
  const auto before = bytes_in_use();
  Bytes room(16 << 10);
  while (!sender.done()) {
    EXPECT_TRUE(sender.on_replies(as_bytes(receiver.take_replies())));
    const auto filled = sender.fill(room).value();
    EXPECT_TRUE(receiver.on_frame(filled.kind, ByteView(room).first(filled.size)));
    auto& most = sender.counts().files + sender.counts().present < what.entries / 20 ? peak.early : peak.late;
    most = std::max(most, bytes_in_use() - std::min(bytes_in_use(), before));
  }
  EXPECT_TRUE(receiver.finish());
  peak.files = receiver.counts().files + receiver.counts().present;
  return peak;
}

constexpr std::uint64_t kMany = 200'000;
constexpr std::size_t kNoise = 64 << 10; // bytes; one byte an entry would be three times as much

TEST(TransferMemory, DoesNotGrowWithTheNumberOfFiles) {
  const auto peak = transfer({kMany}, 0);
  EXPECT_EQ(peak.files, kMany);
  EXPECT_LE(peak.late, peak.early + kNoise);
}

TEST(TransferMemory, DoesNotGrowWithWhatIsProbedAndMissing) {
  const auto peak = transfer({kMany}, kMany);
  EXPECT_EQ(peak.files, kMany);
  EXPECT_LE(peak.late, peak.early + kNoise);
}

TEST(TransferMemory, OfHardLinksStaysBelowItsLimit) {
  const auto peak = transfer({2 * kMany, 2}, 0);
  EXPECT_EQ(peak.files, 2 * kMany);
  EXPECT_GT(peak.late, 10u << 20); // they are remembered
  EXPECT_LE(peak.late, kMaxHardLinkBytes + (16 << 20));
}

} // namespace
} // namespace rs::test
