#include "support/transfer_scene.hpp"

namespace rs::test {
namespace {

using files::Compress;
using files::FileType;

constexpr std::uint64_t kMega = 1 << 20;

// Sets what add_… does not.
void set(MemoryDisk& disk, const std::string& path, std::uint32_t mode, files::FileTime modified) {
  const auto slash = path.rfind('/');
  auto directory = disk.directory(slash == std::string::npos ? "" : path.substr(0, slash));
  const auto name = path.substr(slash + 1);
  const files::Metadata metadata{.mode = mode, .modified = modified, .owner = {}, .attributes = {}};
  switch (disk.stat(path).type) {
    case FileType::directory: ASSERT_TRUE(disk.directory(path)->set(metadata)); break;
    case FileType::symlink: ASSERT_TRUE(directory->set_symlink(name, metadata)); break;
    default: ASSERT_TRUE(directory->reopen_file(name).value()->set(metadata));
  }
}

void add_many_kinds(MemoryDisk& disk) {
  disk.add_file("tree/text", "hello");
  disk.add_file("tree/empty", "");
  disk.add_file("tree/inner/deep/large", random_text(3 * kMega + 5));
  disk.add_file("tree/inner/script", "#!/bin/sh\n", 0755);
  disk.add_directory("tree/hollow", 0700);
  disk.add_symlink("tree/link", "inner/script");
  disk.add_symlink("tree/dangling", "../nowhere/at all");
  disk.add_hard_link("tree/inner/script", "tree/inner/again");
  disk.add_hard_link("tree/inner/script", "tree/zz-elsewhere");
  set(disk, "tree/text", 0640, {-5, 999'999'999});
  set(disk, "tree/link", 0777, {77, 7});
  set(disk, "tree/inner/deep", 0750, {1, 2});
  set(disk, "tree/inner", 0711, {3, 4});
  set(disk, "tree", 0705, {5, 6});
}

struct Arrival : testing::Test {
  TransferScene scene;
  void SetUp() override { scene.sources = {{"tree", "tree"}}; }
  TransferScene::Attempt run() {
    auto out = scene.attempt();
    EXPECT_TRUE(out.how) << out.how.error().message;
    return out;
  }
};

TEST_F(Arrival, EveryKindOfEntryArrivesWithModeTimeAndLinks) {
  add_many_kinds(scene.source);
  const auto done = run();
  scene.expect_whole("tree", "tree");
  for (const auto& counts : {done.sent, done.received}) {
    EXPECT_EQ(counts.files, 4u);
    EXPECT_EQ(counts.directories, 4u);
    EXPECT_EQ(counts.links, 4u);
    EXPECT_EQ(counts.bytes, 3 * kMega + 5 + 5 + 10);
    EXPECT_EQ(counts.failed + counts.skipped + counts.present, 0u);
  }
}

TEST_F(Arrival, EveryCompressionVerificationAndFrameSizeBringsTheSame) {
  add_many_kinds(scene.source);
  for (const auto compress : {Compress::auto_, Compress::never, Compress::zstd}) {
    for (const std::size_t frame : {std::size_t(1024), std::size_t(1500), std::size_t(100'000), files::kMaxFrame}) {
      scene.options.compress = compress;
      scene.options.verify = frame % 2 == 0;
      scene.fsync = scene.options.verify;
      scene.frame = frame;
      scene.name = "copy" + std::to_string(frame);
      run();
      scene.expect_whole("tree", *scene.name);
      if (HasFailure()) FAIL() << "frames of " << frame;
    }
  }
}

TEST_F(Arrival, ATreeOverItselfStaysTheSame) {
  add_many_kinds(scene.source);
  run();
  const auto again = run();
  EXPECT_EQ(again.received.failed, 0u);
  scene.expect_whole("tree", "tree");
}

TEST_F(Arrival, HolesStayHoles) {
  scene.source.add_hole("tree/only-hole", 5 * kMega + 1);
  for (const std::uint64_t at : {std::uint64_t(0), std::uint64_t(2 * kMega), std::uint64_t(8 * kMega - 4096)}) {
    const auto path = "tree/at" + std::to_string(at);
    scene.source.add_hole(path, 8 * kMega);
    ASSERT_TRUE(scene.source.directory("tree")->reopen_file(path.substr(5)).value()->write(at, Bytes(4096, 'x')));
  }
  scene.options.verify = true;
  const auto done = run();
  scene.expect_whole("tree", "tree");
  EXPECT_EQ(done.sent.bytes, 3 * 4096u);
  EXPECT_EQ(scene.target.stat("dst/tree/only-hole").allocated, 0u);
}

TEST_F(Arrival, NamesAreBytes) {
  for (const auto& name : {std::string("a\nb"), std::string("\xff\xfe\x80"), std::string(255, 'n'), std::string("\x1b[31m"),
                           std::string("-rf"), std::string(" "), std::string("\xe2\x80\xae")}) {
    scene.source.add_file("tree/" + name, name);
    scene.source.add_symlink("tree/dir" + name.substr(0, 252) + "/l", name);
  }
  run();
  scene.expect_whole("tree", "tree");
}

TEST_F(Arrival, WithoutPreserveNobodyGetsASetUserIdFileNorAttributes) {
  scene.source.add_file("tree/su", "x", 06755);
  scene.source.add_attribute("tree/su", {"user.k", "v"});
  scene.source.add_directory("tree/shared", 03777);
  run();
  EXPECT_EQ(scene.target.stat("dst/tree/su").mode, 0755u);
  EXPECT_EQ(scene.target.stat("dst/tree/shared").mode, 03777u) << "what is made in it keeps its group";
  EXPECT_TRUE(scene.target.attributes("dst/tree/su").empty());
}

TEST_F(Arrival, PreserveKeepsAttributesAndAllModeBits) {
  scene.source.add_file("tree/su", "x", 06755);
  scene.source.add_attribute("tree/su", {"user.binary", std::string("\0\n\xff", 3)});
  scene.source.add_attribute("tree/su", {"user.long", std::string(64 << 10, 'v')});
  scene.source.add_attribute("tree", {"system.posix_acl_default", "acl"});
  scene.options.preserve = scene.preserve = true;
  run();
  scene.expect_whole("tree", "tree");
  for (const auto* path : {"tree/su", "tree"})
    EXPECT_EQ(scene.target.attributes(std::string("dst/") + path), scene.source.attributes(path));
}

// The disk in memory lets nobody give a file away, so an owner that is mapped wrong is refused there.
TEST_F(Arrival, PreserveKeepsOwnersByTheirNames) {
  scene.source.add_file("tree/a", "x");
  scene.options.preserve = scene.preserve = true;
  const auto same = run();
  EXPECT_EQ(same.received.failed, 0u); // no names: by number
  scene.source_owners.users[MemoryDisk::kUser] = "alice";
  scene.target_owners.users[7] = "alice";
  const auto other = run();
  EXPECT_EQ(other.received.failed, 2u); // the file and its directory want to be 7's
  scene.target_owners.users = {{MemoryDisk::kUser, "alice"}};
  EXPECT_EQ(run().received.failed, 0u);
}

TEST_F(Arrival, TheOneSourceTakesTheNameOfTheDestination) {
  add_many_kinds(scene.source);
  scene.name = "renamed";
  run();
  scene.expect_whole("tree", "renamed");
  EXPECT_FALSE(scene.target.exists("dst/tree"));
}

TEST_F(Arrival, ContentsGoIntoTheDestinationItself) {
  add_many_kinds(scene.source);
  scene.sources = {{"tree", ""}};
  run();
  EXPECT_EQ(scene.tree(scene.target, "dst"), scene.tree(scene.source, "tree"));
  scene.name = "new";
  run();
  scene.expect_whole("tree", "new");
}

TEST_F(Arrival, SeveralSourcesKeepTheirNamesInOneDirectory) {
  add_many_kinds(scene.source);
  scene.source.add_file("one", "1");
  scene.sources = {{"one", "one"}, {"tree", "tree"}, {"tree/text", "text"}};
  run();
  scene.expect_whole("tree", "tree");
  EXPECT_EQ(scene.target.content("dst/one") + scene.target.content("dst/text"), "1hello");
}

TEST_F(Arrival, SeveralSourcesForOneNameAreRefused) {
  scene.source.add_file("a", "a");
  scene.source.add_file("b", "b");
  scene.sources = {{"a", "a"}, {"b", "b"}};
  scene.name = "one";
  const auto out = scene.attempt();
  ASSERT_FALSE(out.how);
  EXPECT_EQ(out.how.error().code, Errc::invalid);
}

TEST_F(Arrival, ContentOfOneFileGoesToItsEndWhateverItsSizeSays) {
  scene.source.add_file("log", random_text(300'000));
  scene.sources = {{"log", "log"}};
  scene.options = {.content = true};
  scene.source.before_call = [&, grown = false](std::string_view call, const std::string&) mutable {
    if (call == "read" && !std::exchange(grown, true)) scene.source.add_file("log", random_text(500'000));
  };
  run();
  EXPECT_EQ(scene.target.content("dst/log"), random_text(500'000));
}

TEST_F(Arrival, ADirectoryNeedsRecursive) {
  add_many_kinds(scene.source);
  scene.options.recursive = false;
  const auto out = run();
  EXPECT_EQ(out.sent.failed, 1u);
  EXPECT_EQ(out.sent.failures.at(0).code, Errc::invalid);
  EXPECT_FALSE(scene.target.exists("dst/tree"));
}

TEST_F(Arrival, SpecialFilesInATreeAreSkippedAndCounted) {
  for (const auto type : {FileType::fifo, FileType::socket, FileType::device})
    scene.source.add_special("tree/" + std::string(describe::enum_name(type)), type);
  scene.source.add_file("tree/a", "x");
  const auto out = run();
  EXPECT_EQ(out.sent.skipped, 3u);
  EXPECT_EQ(out.sent.failed, 0u);
  EXPECT_EQ(scene.target.names(), (std::vector<std::string>{"dst", "dst/tree", "dst/tree/a"}));
}

TEST_F(Arrival, ASpecialFileAsSourceFails) {
  scene.source.add_special("pipe", FileType::fifo);
  scene.sources = {{"pipe", "pipe"}};
  const auto out = run();
  ASSERT_EQ(out.sent.failed, 1u);
  EXPECT_EQ(out.sent.failures[0].code, Errc::unsupported);
  EXPECT_EQ(out.sent.failures[0].path.bytes, "pipe");
}

TEST_F(Arrival, LinksInALoopAreCopiedAsLinks) {
  scene.source.add_symlink("tree/a", "b");
  scene.source.add_symlink("tree/b", "a");
  scene.source.add_symlink("tree/self", ".");
  run();
  scene.expect_whole("tree", "tree");
}

TEST_F(Arrival, DirectoriesBeyondTheDepthLimitAreLeftOutAndNamed) {
  std::string path = "tree";
  for (int i = 0; i < 300; ++i) path += "/d";
  scene.source.add_file(path + "/deep", "x");
  scene.source.add_file("tree/shallow", "y");
  const auto out = run();
  ASSERT_EQ(out.sent.failed, 1u);
  EXPECT_EQ(out.sent.failures[0].code, Errc::limit);
  EXPECT_EQ(scene.target.content("dst/tree/shallow"), "y");
  EXPECT_EQ(out.received.failed, 0u);
}

TEST_F(Arrival, HardLinksBelowAPathThatIsTooLongArriveAsFiles) {
  std::string path = "tree";
  for (int i = 0; i < 100; ++i) path += "/" + std::string(60, 'd');
  scene.source.add_file(path + "/a", "x");
  scene.source.add_hard_link(path + "/a", path + "/b");
  const auto out = run();
  EXPECT_EQ(out.received.failed + out.sent.failed, 0u);
  EXPECT_EQ(scene.target.content("dst/" + path + "/b"), "x");
}

struct CaseClash : Arrival {
  CaseClash() {
    scene.target.remove("dst");
    scene.target.ignores_case = true;
    scene.target.add_directory("dst");
  }
};

TEST_F(CaseClash, OfTwoNamesThatTheDiskTakesForTheSameTheFirstIsKept) {
  scene.source.add_file("tree/Readme", "first");
  scene.source.add_file("tree/readme", "second");
  const auto out = run();
  ASSERT_EQ(out.received.failed, 1u);
  EXPECT_EQ(out.received.failures[0].code, Errc::conflict);
  EXPECT_EQ(out.received.failures[0].path.bytes, "/dst/tree/readme");
  EXPECT_EQ(scene.target.content("dst/tree/Readme"), "first");
  scene.expect_tidy();
}

TEST_F(CaseClash, IsFoundAmongDirectoriesAndLinksToo) {
  scene.source.add_symlink("tree/Link", "first");
  scene.source.add_symlink("tree/link", "second");
  scene.source.add_file("tree/Sub/a", "first");
  scene.source.add_file("tree/sub/a", "second");
  scene.sources = {{"tree", ""}};
  const auto out = run();
  EXPECT_EQ(out.received.failed, 2u);
  EXPECT_EQ(scene.target.link_target("dst/Link"), "first");
  EXPECT_EQ(scene.target.content("dst/Sub/a"), "first");
  scene.expect_tidy();
}

TEST_F(CaseClash, IsFoundInALaterAttemptToo) {
  scene.source.add_file("tree/Readme", "first");
  scene.source.add_file("tree/readme", "2nd");
  scene.source.add_file("tree/zz", random_text(3 << 20));
  ASSERT_TRUE(scene.attempt(20).cut);
  const auto out = run();
  EXPECT_EQ(out.received.failed, 1u);
  EXPECT_EQ(scene.target.content("dst/tree/Readme"), "first");
}

TEST_F(CaseClash, WhatWasThereBeforeIsReplacedWhateverItsSpelling) {
  scene.target.add_file("dst/tree/README", "old");
  ++scene.target.now.seconds;
  scene.source.add_file("tree/readme", "new");
  EXPECT_EQ(run().received.failed, 0u);
  EXPECT_EQ(scene.target.content("dst/tree/readme"), "new");
}

} // namespace
} // namespace rs::test
