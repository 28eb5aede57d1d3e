#include "files/receiver.hpp"

#include "files/content_receiver.hpp"
#include "files/limits.hpp"
#include "files/zstd.hpp"
#include "support/transfer_scene.hpp"

#include <gtest/gtest.h>

namespace rs::test {
namespace {

using namespace files;

const EntryMeta kMeta{.mode = 0644, .modified = {5, 0}, .uid = 0, .gid = 0};

FileBegin file(const std::string& name, std::optional<std::uint64_t> size, bool ask = false) { return {kMeta, size, ask, name}; }
DirectoryBegin directory(const std::string& name) { return {kMeta, name}; }

// A receiver whose sender is this test.
struct HostileSender : testing::Test {
  TransferScene scene;
  Progress progress;
  std::unique_ptr<Receiver> receiver;

  Result<void> say(std::initializer_list<Record> records) {
    if (!receiver) {
      receiver = scene.make_receiver(progress);
      RS_CHECK(receiver->start());
    }
    std::string out;
    for (const auto& record : records) encode(record, out);
    return receiver->on_frame(kPlainStream, as_bytes(out));
  }
  Result<void> content(std::string_view bytes) {
    std::string out(kDataHeader, '\0');
    put_data_header(reinterpret_cast<std::uint8_t*>(out.data()), static_cast<std::uint32_t>(bytes.size()));
    return receiver->on_frame(kPlainStream, as_bytes(out + std::string(bytes)));
  }
  // The stream is cut behind what was said.
  std::vector<std::string> left() {
    receiver->abandon();
    receiver.reset();
    auto names = scene.target.names();
    std::erase(names, "dst");
    return names;
  }
  void expect_refused(std::initializer_list<Record> records, Errc code = Errc::invalid) {
    const auto how = say(records);
    ASSERT_FALSE(how);
    EXPECT_EQ(how.error().code, code) << how.error().message;
  }
};

TEST_F(HostileSender, NamesThatLeaveTheirDirectoryAreRefused) {
  for (const std::string& name : {std::string("../x"), std::string(".."), std::string("."), std::string("/etc/x"),
                                  std::string("a/b"), std::string(256, 'n'), std::string("a\0b", 3)}) {
    for (const Record& record : {Record(file(name, 0)), Record(directory(name)), Record(Symlink{kMeta, name, "x"}),
                                 Record(HardLink{name, "x"}), Record(Probe{kMeta, 0, name})}) {
      expect_refused({record});
      EXPECT_EQ(left(), std::vector<std::string>()) << escape_for_display(name);
    }
  }
}

// Whoever pulls /etc/motd into his home gets no .bashrc.
TEST_F(HostileSender, WhatWasNotAskedForIsRefused) {
  for (const Record& record :
       {Record(file(".bashrc", 0)), Record(directory(".ssh")), Record(directory("")), Record(Symlink{kMeta, ".x", "x"}),
        Record(HardLink{".y", "motd"}), Record(Probe{kMeta, 0, ".z"}), Record(At{".ssh"}), Record(HardLink{"motd", ".ssh/id"})}) {
    scene.asked = {{"motd"}};
    expect_refused({record}, Errc::integrity);
    EXPECT_EQ(left(), std::vector<std::string>());
  }
  EXPECT_TRUE(say({file("motd", 0), FileEnd{}}));
}

TEST_F(HostileSender, ADirectoryComesOnlyToWhoAskedForTrees) {
  scene.asked = {{"motd"}};
  scene.directories = false;
  expect_refused({directory("motd")}, Errc::integrity);
}

TEST_F(HostileSender, BelowTheContentsOfADirectoryAnyNameMayCome) {
  scene.asked = {{""}};
  EXPECT_TRUE(say({directory(""), file("x", 0), FileEnd{}, DirectoryEnd{}}));
  expect_refused({file("y", 0)}, Errc::integrity);
}

TEST_F(HostileSender, AnEmptyNameIsForTheDestinationOnly) {
  expect_refused({file("", 0)});
  receiver.reset();
  expect_refused({directory(""), directory("")});
}

TEST_F(HostileSender, PathsThatLeaveTheTransferAreRefused) {
  scene.target.add_file("secret", "s");
  for (const auto* path : {"../secret", "/secret", "a/../../secret", "a//b", "./a", "a/"}) {
    expect_refused({HardLink{"x", path}});
    expect_refused({At{path}});
    EXPECT_EQ(left(), std::vector<std::string>{"secret"}) << path;
  }
  expect_refused({HardLink{"x", ""}});
}

TEST_F(HostileSender, PathsAcrossALinkFail) {
  scene.target.add_file("outside/secret", "s");
  ASSERT_TRUE(say({Symlink{kMeta, "l", "../outside"}, HardLink{"x", "l/secret"}, At{"l"}, file("y", 0), FileEnd{}, At{"l"},
                   HardLink{"z", "l"}, End{}}));
  ASSERT_TRUE(receiver->finish());
  EXPECT_EQ(receiver->counts().failed, 3u);
  EXPECT_EQ(left(), (std::vector<std::string>{"dst/l", "outside", "outside/secret"}));
}

TEST_F(HostileSender, LinkTargetsAreBytesAndNothingElse) {
  expect_refused({Symlink{kMeta, "l", ""}});
  receiver.reset();
  expect_refused({Symlink{kMeta, "l", std::string("a\0b", 3)}});
  receiver.reset();
  expect_refused({Symlink{kMeta, "l", std::string(kMaxPath + 1, 'x')}});
}

TEST_F(HostileSender, ContentBeyondItsSizeIsRefused) {
  ASSERT_TRUE(say({file("a", 3)}));
  ASSERT_TRUE(content("abc"));
  EXPECT_EQ(content("d").error().code, Errc::invalid);
  EXPECT_EQ(left(), std::vector<std::string>());
}

TEST_F(HostileSender, ContentShortOfItsSizeIsRefused) {
  ASSERT_TRUE(say({file("a", 3)}));
  ASSERT_TRUE(content("ab"));
  expect_refused({FileEnd{}});
  EXPECT_EQ(left(), std::vector<std::string>());
}

TEST_F(HostileSender, HolesCountAgainstTheSize) {
  ASSERT_TRUE(say({file("a", 10), Hole{8}}));
  expect_refused({Hole{3}});
  receiver.reset();
  expect_refused({file("a", 10), Hole{UINT64_MAX}}, Errc::limit);
  receiver.reset();
  expect_refused({file("a", std::nullopt), Hole{1}});
  receiver.reset();
  expect_refused({file("a", kMaxSize + 1)}, Errc::limit);
}

TEST_F(HostileSender, PiecesOfAFileWithoutTheFileAreRefused) {
  for (const Record& record : {Record(From{0}), Record(Hole{1}), Record(FileEnd{}), Record(Abandon{})}) {
    expect_refused({record});
    receiver.reset();
  }
  ASSERT_TRUE(say({}));
  EXPECT_FALSE(content("x"));
}

TEST_F(HostileSender, AFileMustEndBeforeAnythingElseBegins) {
  for (const Record& record : {Record(file("b", 0)), Record(directory("d")), Record(DirectoryEnd{}), Record(End{}),
                               Record(Symlink{kMeta, "l", "x"}), Record(HardLink{"h", "x"}), Record(Probe{kMeta, 0, "p"}),
                               Record(At{""}), Record(Totals{}), Record(OwnerName{}), Record(Attributes{})}) {
    ASSERT_TRUE(say({file("a", 3)}));
    expect_refused({record});
    EXPECT_EQ(left(), std::vector<std::string>());
  }
}

TEST_F(HostileSender, DirectoriesMustBalance) {
  expect_refused({DirectoryEnd{}});
  receiver.reset();
  expect_refused({directory("d"), End{}});
  receiver.reset();
  expect_refused({At{""}, At{""}});
  receiver.reset();
  expect_refused({At{""}, End{}});
}

TEST_F(HostileSender, NothingMayFollowTheEnd) {
  for (const Record& record : {Record(End{}), Record(Totals{}), Record(file("a", 0))}) {
    ASSERT_TRUE(say({End{}}));
    expect_refused({record});
    receiver.reset();
  }
}

TEST_F(HostileSender, AStreamWithoutItsEndIsNotWhole) {
  ASSERT_TRUE(say({file("a", 0), FileEnd{}}));
  EXPECT_EQ(receiver->finish().error().code, Errc::invalid);
  ASSERT_TRUE(say({End{}}));
  ASSERT_TRUE(receiver->on_frame(kPlainStream, as_bytes(std::string_view("\0\0", 2)))); // half a header
  EXPECT_FALSE(receiver->finish());
}

TEST_F(HostileSender, APlaceThatWasNotOfferedIsRefused) {
  const auto size = 4 * kBlock;
  expect_refused({file("a", size, true), From{kBlock}});
  EXPECT_EQ(left(), std::vector<std::string>{"dst/" + scene.litter().at(0).substr(4)});
  scene.journal.reset();
  ASSERT_TRUE(say({file("a", size, true)}));
  EXPECT_FALSE(content("before From"));
  receiver.reset();
  expect_refused({file("a", size, true), From{0}, From{0}});
  receiver.reset();
  expect_refused({file("a", size), From{0}});
  receiver.reset();
  expect_refused({file("a", size, true), FileEnd{}});
}

TEST_F(HostileSender, WithoutAJournalEveryQuestionIsAnsweredWithNothing) {
  scene.resume = false;
  ASSERT_TRUE(say({file("a", 4 * kBlock, true), From{0}, Abandon{}, directory("d"), file("b", 4 * kBlock, true)}));
  std::string expected;
  for (const Reply& reply : {Reply(Ready{}), Reply(Resume{}), Reply(Resume{})}) encode(reply, expected);
  EXPECT_EQ(receiver->take_replies(), expected);
}

TEST_F(HostileSender, AQuestionInADirectoryThatFailedIsAnsweredToo) {
  scene.target.add_file("dst/d", "in the way");
  ASSERT_TRUE(say({directory("d"), file("b", 4 * kBlock, true), From{0}, Hole{4 * kBlock}, FileEnd{}, Probe{kMeta, 0, "p"},
                   Symlink{kMeta, "l", "x"}, HardLink{"h", "x"}, directory("e"), DirectoryEnd{}, DirectoryEnd{}, End{}}));
  ASSERT_TRUE(receiver->finish());
  EXPECT_EQ(receiver->counts().failed, 1u);
  EXPECT_EQ(left(), std::vector<std::string>{"dst/d"});
}

TEST_F(HostileSender, AttributesAreBounded) {
  scene.preserve = true;
  const Attributes large{{{"user.k", std::string(kMaxAttributeValue, 'v')}}};
  for (int i = 0; i < 15; ++i) ASSERT_TRUE(say({large}));
  expect_refused({large}, Errc::limit);
  receiver.reset();
  Attributes many{std::vector<Attribute>(20'000, Attribute{"a", ""})};
  ASSERT_TRUE(say({many}));
  expect_refused({many}, Errc::limit);
  receiver.reset();
  expect_refused({Attributes{{{"", ""}}}});
  receiver.reset();
  expect_refused({Attributes{{{"k", std::string(kMaxAttributeValue + 1, 'v')}}}}, Errc::limit);
}

TEST_F(HostileSender, NumbersOutOfRangeAreRefused) {
  auto begin = file("a", 0);
  begin.meta.mode = 010000;
  expect_refused({begin});
  receiver.reset();
  begin = file("a", 0);
  begin.meta.modified.nanoseconds = 1'000'000'000;
  expect_refused({begin});
}

TEST_F(HostileSender, AFileAboutToBeWrittenMayNotTakeTheNameOfAnUnfinishedOneForItsOwn) {
  ASSERT_TRUE(say({Symlink{kMeta, std::string(kPartialPrefix) + "attempt1-new", "../secret"}, file("a", 1)}));
  ASSERT_TRUE(content("x"));
  ASSERT_TRUE(say({FileEnd{}, End{}}));
  EXPECT_EQ(scene.target.content("dst/a"), "x");
  EXPECT_FALSE(scene.target.exists("secret"));
}

TEST_F(HostileSender, AZstdBombEndsAtTheSizeThatWasDeclared) {
  ASSERT_TRUE(say({file("a", 1000)}));
  Compressor compressor;
  Bytes zeros(Compressor::fitting(kMaxFrame));
  put_data_header(zeros.data(), 1 << 30);
  Bytes packed(kMaxFrame);
  packed.resize(compressor.compress(zeros, packed));
  EXPECT_LT(packed.size(), 1000u);
  const auto how = receiver->on_frame(kZstdStream, packed);
  ASSERT_FALSE(how);
  EXPECT_EQ(how.error().code, Errc::invalid);
  EXPECT_EQ(scene.target.used(), 0u);
  EXPECT_EQ(left(), std::vector<std::string>());
}

TEST_F(HostileSender, GarbageForZstdIsRefused) {
  ASSERT_TRUE(say({}));
  EXPECT_EQ(receiver->on_frame(kZstdStream, as_bytes("no zstd")).error().code, Errc::invalid);
}

TEST_F(HostileSender, DeepDirectoriesEndAtTheLimit) {
  ASSERT_TRUE(say({}));
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(say({directory("d")}));
  ASSERT_TRUE(say({file("a", 0), FileEnd{}}));
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(say({DirectoryEnd{}}));
  ASSERT_TRUE(say({End{}}));
  EXPECT_EQ(receiver->counts().failed, 1u);
  EXPECT_EQ(receiver->counts().failures.at(0).code, Errc::limit);
  EXPECT_LE(receiver->counts().directories, kMaxDepth + 1);
}

TEST_F(HostileSender, ADirectoryKeepsItsTimeWhenAFileComesLater) {
  auto late = directory("d");
  late.meta.modified = {42, 0};
  ASSERT_TRUE(say({late, DirectoryEnd{}}));
  ++scene.target.now.seconds;
  ASSERT_TRUE(say({At{"d"}, file("a", 0), FileEnd{}, At{"d"}, HardLink{"b", "d/a"}, End{}}));
  EXPECT_EQ(scene.target.stat("dst/d").modified, (FileTime{42, 0}));
  EXPECT_EQ(left(), (std::vector<std::string>{"dst/d", "dst/d/a", "dst/d/b"}));
}

TEST_F(HostileSender, AnUnfinishedFileElsewhereIsOnRecordWhereItIs) {
  ASSERT_TRUE(say({directory("d"), DirectoryEnd{}, At{"d"}, file("a", 4 * kBlock)}));
  receiver->abandon();
  ASSERT_EQ(scene.journal->partials.size(), 1u);
  const auto& partial = scene.journal->partials[0];
  EXPECT_EQ(partial.folder.bytes, "/dst/d");
  EXPECT_TRUE(scene.target.exists("dst/d/" + partial.name.bytes));
}

TEST_F(HostileSender, ProbesAreAnsweredInTheirOrder) {
  scene.target.add_file("dst/a", "abc");
  ASSERT_TRUE(scene.target.directory("dst")->reopen_file("a").value()->set(
      {.mode = 0644, .modified = {5, 0}, .owner = {}, .attributes = {}}));
  auto other_time = kMeta;
  other_time.modified = {6, 0};
  ASSERT_TRUE(
      say({Probe{kMeta, 3, "a"}, Probe{kMeta, 4, "a"}, Probe{other_time, 3, "a"}, Probe{kMeta, 3, "b"}, Probe{kMeta, 3, "a"}}));
  std::string expected;
  for (const Reply& reply : {Reply(Ready{}), Reply(Probed{{true, false, false, false, true}})}) encode(reply, expected);
  EXPECT_EQ(receiver->take_replies(), expected);
}

// One file's content for a pipe; its sender is this test.
struct Content : testing::Test {
  MemoryDisk disk;
  Progress progress;
  ContentReceiver receiver{disk.root()->create_file("out").value(), progress};

  Result<void> say(std::initializer_list<Record> records) {
    std::string out;
    for (const auto& record : records) encode(record, out);
    return receiver.on_frame(kPlainStream, as_bytes(out));
  }
  Result<void> content(std::string_view bytes) {
    std::string out(kDataHeader, '\0');
    put_data_header(reinterpret_cast<std::uint8_t*>(out.data()), static_cast<std::uint32_t>(bytes.size()));
    return receiver.on_frame(kPlainStream, as_bytes(out + std::string(bytes)));
  }
};

TEST_F(Content, GoesToThePipeInItsOrder) {
  ASSERT_TRUE(receiver.start());
  ASSERT_TRUE(say({Totals{1, 6, 6}, file("a", std::nullopt)}));
  ASSERT_TRUE(content("abc"));
  ASSERT_TRUE(content("def"));
  ASSERT_TRUE(say({FileEnd{}, End{}}));
  ASSERT_TRUE(receiver.finish());
  EXPECT_EQ(disk.content("out"), "abcdef");
  EXPECT_TRUE(receiver.whole());
  std::string ready;
  encode(Reply(Ready{}), ready);
  EXPECT_EQ(receiver.take_replies(), ready);
}

TEST_F(Content, ThatIsCutOrAbandonedIsNotWhole) {
  EXPECT_FALSE(receiver.whole());
  ASSERT_TRUE(say({file("a", std::nullopt)}));
  EXPECT_FALSE(receiver.whole());
  ASSERT_TRUE(say({Abandon{}, End{}}));
  ASSERT_TRUE(receiver.finish());
  EXPECT_FALSE(receiver.whole());
}

TEST_F(Content, IsOfOneFileAndNothingElse) {
  for (const Record& record : {Record(directory("d")), Record(Symlink{kMeta, "l", "x"}), Record(HardLink{"h", "x"}),
                               Record(Hole{1}), Record(Probe{kMeta, 0, "p"}), Record(From{0}), Record(At{""})})
    EXPECT_EQ(say({record}).error().code, Errc::invalid);
  ASSERT_TRUE(say({file("a", std::nullopt), FileEnd{}}));
  EXPECT_FALSE(say({file("b", std::nullopt)}));
}

TEST_F(Content, BeforeTheFileIsRefused) {
  EXPECT_FALSE(content("x"));
  EXPECT_EQ(disk.content("out"), "");
}

TEST_F(Content, BehindTheFileIsRefused) {
  ASSERT_TRUE(say({file("a", std::nullopt), FileEnd{}}));
  EXPECT_FALSE(content("x"));
  EXPECT_EQ(disk.content("out"), "");
}

} // namespace
} // namespace rs::test
