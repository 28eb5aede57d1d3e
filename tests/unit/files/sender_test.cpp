#include "files/sender.hpp"

#include "files/limits.hpp"
#include "support/transfer_scene.hpp"

#include <gtest/gtest.h>

#include <set>

namespace rs::test {
namespace {

using namespace files;

// A sender whose receiver is this test.
struct SenderAlone : testing::Test, StreamReader::Events {
  MemoryDisk disk;
  FakeOwners owners;
  Progress progress;
  Sender::Options options{.recursive = true, .compress = Compress::never};
  std::unique_ptr<Sender> sender;
  StreamReader reader{*this};
  std::vector<Record> records;
  std::string contents;

  void start(const std::string& path = "tree") {
    std::vector<Source> sources(1);
    sources[0].parent = disk.root();
    sources[0].name = sources[0].as = sources[0].shown = path;
    sender = std::make_unique<Sender>(std::move(sources), options, owners, progress);
  }
  Result<void> reply(const Reply& reply) {
    std::string out;
    encode(reply, out);
    return sender->on_replies(as_bytes(out));
  }
  // Everything that it says without another answer.
  void drain() {
    for (Bytes room(2000);;) {
      const auto filled = sender->fill(room).value();
      if (filled.size == 0) return;
      ASSERT_TRUE(reader.read(ByteView(room).first(filled.size)));
    }
  }
  Result<void> on_record(Record record) override {
    records.push_back(std::move(record));
    return {};
  }
  Result<void> on_content(ByteView bytes) override {
    contents += as_text(bytes);
    return {};
  }
  bool said(const Record& record) const { return std::ranges::find(records, record) != records.end(); }
};

TEST_F(SenderAlone, SaysNothingBeforeTheReceiverIsReady) {
  disk.add_file("tree/a", "x");
  start();
  drain();
  EXPECT_TRUE(records.empty());
  ASSERT_TRUE(reply(Ready{}));
  drain();
  EXPECT_TRUE(sender->done());
  EXPECT_TRUE(std::holds_alternative<Totals>(records.front()));
  EXPECT_TRUE(std::holds_alternative<End>(records.back()));
}

TEST_F(SenderAlone, TotalsCountWhatComes) {
  disk.add_file("tree/a", "12345");
  disk.add_hole("tree/sub/hole", 1 << 20);
  disk.add_symlink("tree/l", "x");
  start();
  ASSERT_TRUE(reply(Ready{}));
  drain();
  EXPECT_EQ(std::get<Totals>(records[0]), (Totals{5, 5 + (1 << 20), 5}));
  EXPECT_EQ(progress.total_bytes, 5u + (1 << 20));
}

TEST_F(SenderAlone, RepliesThatNobodyAskedForAreRefused) {
  disk.add_file("tree/a", "x");
  for (const Reply& unasked : {Reply(Ready{}), Reply(Resume{}), Reply(Probed{{true}})}) {
    start();
    ASSERT_TRUE(reply(Ready{}));
    EXPECT_EQ(reply(unasked).error().code, Errc::invalid);
  }
}

TEST_F(SenderAlone, TwoAnswersToOneQuestionAreRefused) {
  disk.add_file("tree/a", random_text(2 * kBlock));
  start();
  ASSERT_TRUE(reply(Ready{0, true}));
  drain();
  ASSERT_TRUE(reply(Resume{}));
  EXPECT_FALSE(reply(Resume{}));
}

TEST_F(SenderAlone, ABrokenReplyIsRefused) {
  start();
  EXPECT_FALSE(sender->on_replies(as_bytes(std::string_view("\x09\0\0\0\0", 5))));
  start();
  EXPECT_FALSE(sender->on_replies(as_bytes(std::string_view("\x01\xff\xff\xff\xff", 5))));
}

TEST_F(SenderAlone, GoesOnOnlyFromABeginningThatIsItsOwn) {
  const auto text = random_text(3 * kBlock);
  disk.add_file("tree/a", text);
  struct Row {
    Resume offer;
    std::uint64_t from;
  };
  const auto good = crypto::sha256(as_bytes(text).first(2 * kBlock));
  for (const auto& [offer, from] :
       {Row{{2 * kBlock, good}, 2 * kBlock}, Row{{2 * kBlock, {}}, 0}, Row{{4 * kBlock, good}, 0}, Row{{}, 0}}) {
    records.clear();
    contents.clear();
    start();
    ASSERT_TRUE(reply(Ready{0, true}));
    drain();
    EXPECT_TRUE(contents.empty()); // it waits
    ASSERT_TRUE(reply(offer));
    drain();
    EXPECT_TRUE(said(From{from}));
    EXPECT_TRUE(contents == text.substr(from));
    EXPECT_TRUE(sender->done());
  }
}

TEST_F(SenderAlone, AsksForNothingWhereThereIsNoUnfinishedFile) {
  disk.add_file("tree/a", random_text(3 * kBlock));
  start();
  ASSERT_TRUE(reply(Ready{}));
  drain();
  EXPECT_TRUE(sender->done());
}

TEST_F(SenderAlone, ProbesWhatAnEarlierAttemptHasBroughtAndSendsWhatIsMissing) {
  disk.add_file("tree/a", "aa");
  disk.add_file("tree/b", "bb");
  disk.add_file("tree/c", "cc");
  start();
  ASSERT_TRUE(reply(Ready{3, false})); // tree, a, b
  drain();
  EXPECT_TRUE(contents.empty());
  ASSERT_TRUE(reply(Probed{{true, false}}));
  drain();
  EXPECT_EQ(contents, "bbcc");
  EXPECT_TRUE(said(At{"tree"}));
  EXPECT_EQ(sender->counts().present, 1u);
  EXPECT_TRUE(sender->done());
}

TEST_F(SenderAlone, HasAtMostSoManyUnansweredProbes) {
  for (int i = 0; i < 3000; ++i) disk.add_file("tree/" + std::to_string(i), "");
  start();
  ASSERT_TRUE(reply(Ready{1'000'000, false}));
  drain();
  const auto probes = std::ranges::count_if(records, [](const Record& r) { return std::holds_alternative<Probe>(r); });
  EXPECT_EQ(static_cast<std::size_t>(probes), kMaxProbes);
}

TEST_F(SenderAlone, NamesEachOwnerOnceAndBeforeItsFirstEntry) {
  owners.users[MemoryDisk::kUser] = "alice";
  disk.add_file("tree/a", "");
  disk.add_file("tree/b", "");
  options.preserve = true;
  start();
  ASSERT_TRUE(reply(Ready{}));
  drain();
  EXPECT_EQ(records[1], Record(OwnerName{false, MemoryDisk::kUser, "alice"}));
  EXPECT_EQ(std::ranges::count(records, records[1]), 1);
}

// What a receiver would have to take as it is: how much more than the content.
std::size_t bytes_sent(const std::string& content, Compress compress, std::set<std::uint8_t>* kinds = nullptr) {
  MemoryDisk disk;
  disk.add_file("tree/a", content);
  FakeOwners owners;
  Progress progress;
  std::vector<Source> sources(1);
  sources[0].parent = disk.root();
  sources[0].name = sources[0].as = "tree";
  Sender sender(std::move(sources), {.recursive = true, .compress = compress}, owners, progress);
  std::string ready;
  encode(Reply(Ready{}), ready);
  EXPECT_TRUE(sender.on_replies(as_bytes(ready)));
  std::size_t total = 0;
  for (Bytes room(kMaxFrame); !sender.done();) {
    const auto filled = sender.fill(room).value();
    if (kinds != nullptr) kinds->insert(filled.kind);
    total += filled.size;
  }
  return total;
}

std::string text_of(std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += "line " + std::to_string(out.size()) + " of a log that says much the same each time\n";
  return out;
}

TEST(SenderCompression, AutoLeavesRandomBytesAlone) {
  std::set<std::uint8_t> kinds;
  const auto content = random_text(8 << 20);
  EXPECT_LT(bytes_sent(content, Compress::auto_, &kinds), content.size() / 100 * 101);
  EXPECT_TRUE(kinds.contains(kPlainStream));
}

TEST(SenderCompression, AutoShrinksText) {
  const auto content = text_of(8 << 20);
  EXPECT_LT(bytes_sent(content, Compress::auto_), content.size() / 3);
}

TEST(SenderCompression, AutoSwitchesBetweenBoth) {
  const auto content = text_of(4 << 20) + random_text(4 << 20) + text_of(8 << 20);
  const auto sent = bytes_sent(content, Compress::auto_);
  EXPECT_GT(sent, 4u << 20);
  EXPECT_LT(sent, 12u << 20);
}

TEST(SenderCompression, NeverSendsBytesAsTheyAre) {
  std::set<std::uint8_t> kinds;
  const auto content = text_of(1 << 20);
  EXPECT_GT(bytes_sent(content, Compress::never, &kinds), content.size());
  EXPECT_EQ(kinds, std::set<std::uint8_t>{kPlainStream});
}

TEST(SenderCompression, ZstdPacksEverything) {
  std::set<std::uint8_t> kinds;
  bytes_sent(random_text(2 << 20), Compress::zstd, &kinds);
  EXPECT_EQ(kinds, std::set<std::uint8_t>{kZstdStream});
}

} // namespace
} // namespace rs::test
