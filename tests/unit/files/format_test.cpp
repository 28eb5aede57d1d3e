#include "files/format.hpp"

#include "files/limits.hpp"
#include "support/transfer_scene.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace rs::test {
namespace {

using namespace files;

struct Collector : StreamReader::Events {
  std::vector<Record> records;
  std::string content;
  StreamReader reader{*this};

  Result<void> on_record(Record record) override {
    records.push_back(std::move(record));
    return {};
  }
  Result<void> on_content(ByteView bytes) override {
    content += as_text(bytes);
    return {};
  }
};

std::vector<Record> one_of_each() {
  const EntryMeta meta{.mode = 07755, .modified = {-1, 999'999'999}, .uid = 1, .gid = UINT32_MAX};
  crypto::Hash32 hash{};
  hash[31] = 7;
  return {Totals{1, 2, 3},
          OwnerName{true, 9, "staff"},
          Attributes{{{"user.k", std::string("\0v", 2)}, {"user.empty", ""}}},
          DirectoryBegin{meta, ""},
          DirectoryBegin{meta, std::string(255, '\xff')},
          DirectoryEnd{},
          FileBegin{meta, std::nullopt, false, "a"},
          FileBegin{meta, kMaxSize, true, "b"},
          From{5},
          Hole{kMaxSize},
          FileEnd{},
          FileEnd{hash},
          Abandon{},
          Symlink{meta, "l", "../../x"},
          HardLink{"h", "a/b"},
          Probe{meta, 7, "p"},
          At{""},
          At{"a/b/c"},
          End{}};
}

TEST(TransferFormat, EveryRecordIsReadAsItWasWrittenHoweverItIsCut) {
  std::string stream;
  for (const auto& record : one_of_each()) {
    encode(record, stream);
    stream.append(std::string_view("\0\0\0\0\3abc", 8)); // content between any two
  }
  for (const std::size_t piece : {1u, 2u, 4u, 5u, 6u, 7u, 100u, 100'000u}) {
    Collector got;
    for (std::size_t at = 0; at < stream.size(); at += piece) ASSERT_TRUE(got.reader.read(as_bytes(stream.substr(at, piece))));
    EXPECT_TRUE(got.reader.at_boundary());
    EXPECT_EQ(got.records, one_of_each()) << piece;
    EXPECT_EQ(got.content.size(), 3 * got.records.size());
  }
}

TEST(TransferFormat, EveryShorterOrLongerBodyIsRefused) {
  for (const auto& record : one_of_each()) {
    std::string whole;
    encode(record, whole);
    const auto body = whole.size() - kDataHeader;
    for (const auto size : {body + 1, body - 1, body / 2}) {
      if (size >= body + 2 || size == body) continue;
      auto changed = whole.substr(0, 1) + std::string(4, '\0') + whole.substr(kDataHeader) + std::string(1, '\0');
      store_be(reinterpret_cast<std::uint8_t*>(changed.data() + 1), static_cast<std::uint32_t>(size));
      Collector got;
      EXPECT_FALSE(got.reader.read(as_bytes(changed.substr(0, kDataHeader + size)))) << record.index() << " of " << size;
    }
  }
}

TEST(TransferFormat, UnknownAndHugeRecordsAreRefused) {
  for (const std::string_view bytes : {std::string_view("\x10\0\0\0\0", 5), std::string_view("\xff\0\0\0\0", 5),
                                       std::string_view("\x01\xff\xff\xff\xff", 5), std::string_view("\x03\0\x04\0\x01", 5)}) {
    Collector got;
    EXPECT_FALSE(got.reader.read(as_bytes(bytes))) << hex(as_bytes(bytes));
  }
}

TEST(TransferFormat, ABoundaryIsBetweenRecordsOnly) {
  Collector got;
  ASSERT_TRUE(got.reader.read(as_bytes(std::string_view("\0\0\0\0\2a", 6))));
  EXPECT_FALSE(got.reader.at_boundary());
  ASSERT_TRUE(got.reader.read(as_bytes("b")));
  EXPECT_TRUE(got.reader.at_boundary());
  ASSERT_TRUE(got.reader.read(as_bytes("\x0f")));
  EXPECT_FALSE(got.reader.at_boundary());
}

TEST(TransferFormat, EveryReplyIsReadAsItWasWrittenHoweverItIsCut) {
  crypto::Hash32 hash{};
  hash[0] = 1;
  std::vector<bool> most(kMaxProbes, true);
  most[7] = false;
  const std::vector<Reply> replies = {Ready{7, true},        Ready{},     Resume{1 << 20, hash}, Probed{},
                                      Probed{{true, false}}, Probed{most}};
  std::string stream;
  for (const auto& reply : replies) encode(reply, stream);
  for (const std::size_t piece : {1u, 3u, 1000u}) {
    ReplyReader reader;
    std::vector<Reply> got;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      ASSERT_TRUE(reader.read(as_bytes(stream.substr(at, piece)), [&](Reply reply) {
        got.push_back(std::move(reply));
        return Result<void>();
      }));
    }
    EXPECT_EQ(got, replies);
  }
}

TEST(TransferFormat, TooManyAnswersAreRefused) {
  std::string stream;
  encode(Reply(Probed{std::vector<bool>(kMaxProbes + 1)}), stream);
  EXPECT_FALSE(ReplyReader().read(as_bytes(stream), [](Reply) { return Result<void>(); }));
}

TEST(TransferFormat, PathsAreNamesJoinedBySlashes) {
  EXPECT_EQ(split_path("a/b\n/\xff").value(), (std::vector<std::string>{"a", "b\n", "\xff"}));
  EXPECT_TRUE(split_path("").value().empty());
  for (const std::string& path : {std::string("/"), std::string("/a"), std::string("a/"), std::string("a//b"),
                                  std::string("a/../b"), std::string("."), std::string(300, 'n'), std::string(kMaxPath + 1, '/')})
    EXPECT_EQ(split_path(path).error().code, Errc::invalid) << path.substr(0, 20);
}

// The worked examples of FORMAT.md, read from the paper itself: title and bytes of each block.
std::vector<std::pair<std::string, Bytes>> examples() {
  std::vector<std::pair<std::string, Bytes>> out;
  std::ifstream paper(RS_SOURCE_DIR "/lib/files/FORMAT.md");
  bool inside = false;
  for (std::string line; std::getline(paper, line);) {
    if (line.starts_with("```")) {
      inside = line.size() > 3;
      if (inside) out.push_back({line.substr(3), {}});
    } else if (inside) {
      std::erase(line, ' ');
      const auto bytes = from_hex(line).value();
      out.back().second.insert(out.back().second.end(), bytes.begin(), bytes.end());
    }
  }
  return out;
}

TEST(TransferPaper, ExamplesAreWhatOurEncoderWrites) {
  const EntryMeta meta{.mode = 0644, .modified = {1'000'000'000, 500'000'000}, .uid = 0, .gid = 0};
  std::map<std::string, std::string> ours;
  const auto add = [&](const std::string& title, const auto& record) { encode(record, ours[title]); };
  add("record Totals", Record(Totals{1, 6, 6}));
  add("record FileBegin", Record(FileBegin{meta, 6, false, "motd"}));
  add("record FileEnd", Record(FileEnd{}));
  add("record End", Record(End{}));
  add("record Probe", Record(Probe{meta, 6, "motd"}));
  add("record At", Record(At{""}));
  add("reply Ready", Reply(Ready{}));
  add("reply Probed", Reply(Probed{{false}}));
  ours["content"] = std::string(kDataHeader, '\0') + "hello\n";
  put_data_header(reinterpret_cast<std::uint8_t*>(ours["content"].data()), 6);
  const auto paper = examples();
  EXPECT_EQ(paper.size(), ours.size());
  for (const auto& [title, bytes] : paper) EXPECT_EQ(hex(bytes), hex(as_bytes(ours[title]))) << title;
}

TEST(TransferPaper, ExamplesAreATransfer) {
  TransferScene scene;
  Progress progress;
  const auto receiver = scene.make_receiver(progress);
  ASSERT_TRUE(receiver->start());
  for (const auto& [title, bytes] : examples()) {
    if (title == "reply Ready") EXPECT_EQ(receiver->take_replies(), as_text(bytes));
    if (title == "record Probe") break;
    if (!title.starts_with("reply")) ASSERT_TRUE(receiver->on_frame(kPlainStream, bytes)) << title;
  }
  ASSERT_TRUE(receiver->finish());
  EXPECT_EQ(scene.target.content("dst/motd"), "hello\n");
  EXPECT_EQ(scene.target.stat("dst/motd").modified, (FileTime{1'000'000'000, 500'000'000}));
}

} // namespace
} // namespace rs::test
