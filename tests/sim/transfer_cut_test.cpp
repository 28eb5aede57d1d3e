#include "support/transfer_scene.hpp"

namespace rs::test {
namespace {

constexpr std::uint64_t kMega = 1 << 20;
constexpr std::uint64_t kMostSentAgain = files::kBlock + (2 << 20); // a block and a window

// One large file among small ones, links of both kinds, and a sparse one.
struct Cut : testing::Test {
  TransferScene scene;
  std::uint64_t all = 0; // bytes of contents

  void SetUp() override {
    auto& disk = scene.source;
    disk.add_file("tree/a/small", "small");
    disk.add_file("tree/b", random_text(3 * kMega + 777));
    disk.add_hard_link("tree/b", "tree/c/again");
    disk.add_symlink("tree/c/link", "../b");
    for (int i = 0; i < 20; ++i) disk.add_file("tree/d/" + std::to_string(i), std::string(100, 'x'));
    disk.add_hole("tree/e", 4 * kMega);
    ASSERT_TRUE(disk.directory("tree")->reopen_file("e").value()->write(kMega, Bytes(2 * kMega, 'e')));
    all = 5 + 3 * kMega + 777 + 2000 + 2 * kMega;
    scene.sources = {{"tree", "tree"}};
    scene.options.compress = files::Compress::never;
  }

  // No file under its final name that is not whole.
  void expect_nothing_half() {
    for (const auto& path : scene.target.names()) {
      if (scene.target.stat(path).type != files::FileType::regular || path.find(files::kPartialPrefix) != path.npos) continue;
      ASSERT_TRUE(scene.target.content(path) == scene.source.content(path.substr(4))) << path;
    }
  }
  void finish_and_check() {
    const auto last = scene.attempt();
    ASSERT_TRUE(last.how) << last.how.error().message;
    EXPECT_EQ(last.received.failed + last.sent.failed, 0u)
        << (last.received.failures.empty() ? "" : last.received.failures[0].path.bytes + last.received.failures[0].message);
    scene.expect_whole("tree", "tree");
  }
  void start_again() {
    scene.target.restart();
    for (const auto& path : scene.target.names()) {
      if (path.starts_with("dst/") && scene.target.exists(path)) remove_all(path);
    }
    scene.journal.reset();
    scene.sent = 0;
  }
  void remove_all(const std::string& path) {
    for (const auto& inner : scene.target.names()) {
      if (inner.starts_with(path + "/") && scene.target.exists(inner)) remove_all(inner);
    }
    scene.target.remove(path);
  }
};

TEST_F(Cut, AtEveryFrameItGoesOnAndSendsLittleAgain) {
  const auto frames = scene.attempt().frames;
  scene.expect_whole("tree", "tree");
  ASSERT_GT(frames, 80u);
  for (std::size_t at = 0; at <= frames; ++at) {
    start_again();
    const auto first = scene.attempt(at);
    EXPECT_TRUE(first.cut);
    expect_nothing_half();
    finish_and_check();
    EXPECT_LE(scene.sent, all + kMostSentAgain);
    if (HasFailure()) FAIL() << "cut after frame " << at;
  }
}

TEST_F(Cut, AtBlockBoundariesAndOneByteBesideThem) {
  for (const auto around : {kMega - 1, kMega, kMega + 1, 2 * kMega, 3 * kMega}) {
    start_again();
    scene.frame = around + 5; // with the header of content: the block ends where the frame does
    ASSERT_TRUE(scene.attempt(2).cut);
    expect_nothing_half();
    finish_and_check();
    EXPECT_LE(scene.sent, all + files::kBlock + std::max<std::uint64_t>(2 << 20, scene.frame)) << around;
  }
}

// Killed in front of each call to its disk, the journal's own among them; the next attempt is another process.
TEST_F(Cut, AKilledReceiverGoesOnWhereItsDiskAndItsJournalAre) {
  scene.frame = files::kMaxFrame;
  const auto calls_before = scene.target.calls();
  ASSERT_TRUE(scene.attempt().how);
  const auto calls = scene.target.calls() - calls_before;
  for (std::uint64_t at = 1; at <= calls; ++at) {
    start_again();
    scene.target.crash_at_call(at);
    scene.attempt();
    scene.target.restart();
    expect_nothing_half();
    finish_and_check();
    EXPECT_LE(scene.sent, all + kMostSentAgain);
    if (HasFailure()) FAIL() << "killed at call " << at << " of " << calls;
  }
}

TEST_F(Cut, AKilledReceiverOfManySmallFilesLosesAtMostABlock) {
  scene.source.remove("tree/b");
  scene.source.remove("tree/e");
  for (int i = 0; i < 8; ++i) scene.source.add_file("tree/f" + std::to_string(i), random_text(900'000));
  scene.window = 0;
  scene.attempt();
  const auto once = scene.sent;
  for (std::uint64_t at = 1; at < 150; at += 3) {
    start_again();
    scene.target.crash_at_call(at);
    scene.attempt();
    scene.target.restart();
    finish_and_check();
    EXPECT_LE(scene.sent, once + files::kBlock + scene.frame) << at;
  }
}

TEST_F(Cut, TenTimesAndTheRightBytes) {
  std::uint64_t cuts = 0;
  for (std::size_t at = 5; cuts < 10; at = 5 + at % 37) cuts += scene.attempt(at).cut ? 1 : 0;
  finish_and_check();
  EXPECT_LE(scene.sent, all + cuts * kMostSentAgain);
}

TEST_F(Cut, BeforeAnythingHasComeLeavesNothing) {
  EXPECT_TRUE(scene.attempt(0).cut);
  EXPECT_EQ(scene.target.names(), std::vector<std::string>{"dst"});
  EXPECT_FALSE(scene.journal);
}

TEST_F(Cut, WithoutAJournalNothingStaysAndAllIsSentAgain) {
  scene.resume = false;
  ASSERT_TRUE(scene.attempt(40).cut);
  EXPECT_EQ(scene.litter(), std::vector<std::string>());
  expect_nothing_half();
  finish_and_check();
  EXPECT_GT(scene.sent, all + kMega);
}

TEST_F(Cut, WithTheJournalLostItStartsAnew) {
  ASSERT_TRUE(scene.attempt(40).cut);
  scene.journal.reset();
  finish_and_check();
}

TEST_F(Cut, APartialThatWasChangedIsNotGoneOnWith) {
  ASSERT_TRUE(scene.attempt(40).cut);
  const auto litter = scene.litter();
  ASSERT_EQ(litter.size(), 1u);
  auto file = scene.target.directory("dst/tree")->reopen_file(litter[0].substr(9)).value();
  ASSERT_TRUE(file->write(17, as_bytes("?")));
  const auto before = scene.sent;
  finish_and_check();
  EXPECT_EQ(scene.sent - before, all - 5); // all but tree/a/small
}

TEST_F(Cut, APartialThatIsGoneOrShorterIsNotMissed) {
  for (const bool gone : {true, false}) {
    start_again();
    ASSERT_TRUE(scene.attempt(40).cut);
    const auto path = scene.litter().at(0);
    if (gone) scene.target.remove(path);
    else ASSERT_TRUE(scene.target.directory("dst/tree")->reopen_file(path.substr(9)).value()->resize(kMega + 1));
    const auto before = scene.sent;
    finish_and_check();
    EXPECT_EQ(scene.sent - before, all - 5 - (gone ? 0 : kMega));
  }
}

TEST_F(Cut, ASourceThatWasChangedMeanwhileIsSentFromItsStart) {
  ASSERT_TRUE(scene.attempt(40).cut);
  scene.source.now.seconds += 60;
  scene.source.add_file("tree/b", random_text(3 * kMega + 777, 2));
  finish_and_check();
}

TEST_F(Cut, ASourceThatIsGoneMeanwhileLeavesNoLitter) {
  ASSERT_TRUE(scene.attempt(40).cut);
  scene.source.remove("tree/b");
  scene.source.remove("tree/c/again");
  finish_and_check();
}

struct CutLate : Cut {
  void SetUp() override {
    Cut::SetUp();
    scene.window = 0;
    ASSERT_TRUE(scene.attempt(75).cut); // in tree/e
    ASSERT_TRUE(scene.target.exists("dst/tree/d/19"));
  }
};

TEST_F(CutLate, WhatIsThereIsNotSentAgain) {
  const auto before = scene.sent;
  const auto last = scene.attempt();
  EXPECT_LE(scene.sent - before, 2 * kMega);
  EXPECT_EQ(last.sent.present, 23u); // tree/a/small, tree/b, its link, and 20
  EXPECT_EQ(last.received.present, 23u);
}

TEST_F(CutLate, CompletedFilesThatWereDeletedOrAlteredAreSentAgain) {
  scene.target.now.seconds += 1;
  scene.target.remove("dst/tree/a/small");
  scene.target.remove("dst/tree/d/3");
  scene.target.add_file("dst/tree/d/4", std::string(100, 'y'));
  scene.target.add_file("dst/tree/d/5", "shorter");
  finish_and_check();
}

TEST_F(CutLate, ALinkedFileAndItsOtherNameComeAgain) {
  scene.target.remove("dst/tree/b");
  finish_and_check();
}

TEST_F(CutLate, ALinksOtherNameComesAgainAsALink) {
  scene.target.remove("dst/tree/c/again");
  const auto before = scene.sent;
  finish_and_check();
  EXPECT_LE(scene.sent - before, 2 * kMega);
}

TEST_F(CutLate, ABigFileThatIsNeededAgainGoesOnAfterTheNextCut) {
  scene.target.remove("dst/tree/b");
  scene.target.remove("dst/tree/c/again");
  ASSERT_TRUE(scene.attempt(40).cut);
  const auto before = scene.sent;
  finish_and_check();
  EXPECT_LE(scene.sent - before, 2 * kMega + kMega + 777 + 3 * scene.frame);
}

TEST_F(CutLate, DirectoriesThatWereRemovedAreMadeAgain) {
  remove_all("dst/tree/d");
  finish_and_check();
}

TEST_F(CutLate, AnotherOrderOfTheSourceIsNoHarm) {
  scene.source.add_file("tree/0-first", "new");
  scene.source.add_file("tree/a/0-first", "new");
  scene.source.remove("tree/d/7");
  scene.target.remove("dst/tree/d/7");
  finish_and_check();
}

TEST_F(CutLate, AFinishedDirectoryThatMayNotBeWrittenIsNoHarm) {
  TransferScene other;
  other.source.add_symlink("tree/a/link", "x");
  other.source.add_file("tree/a/file", "x");
  other.source.add_hard_link("tree/a/file", "tree/a/zz");
  other.source.add_file("tree/b", random_text(2 * kMega));
  other.source.add_directory("tree/a", 0500);
  other.sources = {{"tree", "tree"}};
  other.window = 0;
  ASSERT_TRUE(other.attempt(20).cut);
  const auto last = other.attempt();
  EXPECT_EQ(last.received.failed, 0u);
  other.expect_whole("tree", "tree");
}

TEST_F(Cut, ContentsAndRenamedSourcesGoOnToo) {
  for (const bool contents : {true, false}) {
    for (const bool renamed : {true, false}) {
      start_again();
      scene.sources = {{"tree", contents ? "" : "tree"}};
      scene.name = renamed ? std::optional<std::string>("new") : std::nullopt;
      scene.window = 0;
      const std::string top = renamed ? "dst/new" : contents ? "dst" : "dst/tree";
      ASSERT_TRUE(scene.attempt(75).cut);
      ++scene.target.now.seconds;
      scene.target.remove(top + "/a/small");
      scene.target.remove(top + "/b");
      const auto before = scene.sent;
      ASSERT_TRUE(scene.attempt().how);
      EXPECT_LE(scene.sent - before, 3 * kMega + 777 + 5 + 2 * kMega);
      EXPECT_EQ(scene.tree(scene.target, top), scene.tree(scene.source, "tree"));
      scene.expect_tidy();
    }
  }
}

TEST_F(Cut, OneFileUnderAnotherNameGoesOn) {
  for (const auto at : {20u, 60u}) { // inside of it; whole, and another one deleted
    start_again();
    scene.sources = {{"tree/b", "b"}};
    scene.name = "other";
    ASSERT_EQ(scene.attempt(at).cut, at == 20);
    ASSERT_TRUE(scene.attempt().how);
    EXPECT_EQ(scene.target.content("dst/other"), scene.source.content("tree/b"));
    scene.expect_tidy();
  }
}

TEST_F(Cut, ManyCompletedFilesAreProbedAndOnlyTheMissingSent) {
  TransferScene many;
  for (int i = 0; i < 2500; ++i) many.source.add_file("tree/" + std::to_string(i), std::to_string(i));
  many.source.add_file("tree/z", random_text(2 * kMega));
  many.sources = {{"tree", "tree"}};
  many.window = 0;
  ASSERT_TRUE(many.attempt(20).cut);
  for (int i = 0; i < 2500; i += 2) many.target.remove("dst/tree/" + std::to_string(i));
  const auto last = many.attempt();
  EXPECT_EQ(last.sent.present, 1250u);
  EXPECT_EQ(last.received.files, 1251u);
  many.expect_whole("tree", "tree");
}

} // namespace
} // namespace rs::test
