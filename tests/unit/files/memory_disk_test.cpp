#include "support/memory_disk.hpp"

#include <gtest/gtest.h>

namespace rs::test {
namespace {

using files::Replace;

std::string read_all(files::File& file) {
  Bytes room(1 << 16);
  return to_text(ByteView(room).first(*file.read(0, room)));
}

TEST(MemoryDisk, GivesBackWhatWasWritten) {
  MemoryDisk disk;
  auto file = disk.root()->create_file("a").value();
  ASSERT_TRUE(file->write(4090, as_bytes("across a block")));
  EXPECT_EQ(disk.content("a"), std::string(4090, '\0') + "across a block");
  EXPECT_EQ(file->stat()->allocated, 8192u);
  ASSERT_TRUE(file->resize(4096));
  EXPECT_EQ(disk.content("a"), std::string(4090, '\0') + "across");
  EXPECT_EQ(disk.used(), 4096u);
}

TEST(MemoryDisk, ShrunkAndGrownAgainAFileHasZerosThere) {
  MemoryDisk disk;
  disk.add_file("a", "abcdef");
  auto file = disk.root()->reopen_file("a").value();
  ASSERT_TRUE(file->resize(2));
  ASSERT_TRUE(file->resize(4));
  EXPECT_EQ(disk.content("a"), std::string("ab\0\0", 4));
}

TEST(MemoryDisk, KnowsItsHoles) {
  MemoryDisk disk;
  disk.add_hole("a", 100'000);
  auto file = disk.root()->reopen_file("a").value();
  EXPECT_EQ(file->next_data(0)->begin, file->next_data(0)->end);
  ASSERT_TRUE(file->write(8192, as_bytes("x")));
  const auto data = file->next_data(5).value();
  EXPECT_EQ(data.begin, 8192u);
  EXPECT_EQ(data.end, 12288u);
  EXPECT_EQ(file->next_data(12288)->end, 12288u);
}

TEST(MemoryDisk, IsFullAtItsCapacityAndHasRoomAgainAfterARemoval) {
  MemoryDisk disk;
  disk.capacity = 8192;
  const auto root = disk.root();
  auto file = root->create_file("a").value();
  EXPECT_EQ(file->write(0, Bytes(10'000)).error().code, Errc::no_space);
  EXPECT_EQ(*root->free_bytes(), 0u);
  ASSERT_TRUE(root->remove("a"));
  EXPECT_EQ(*root->free_bytes(), 0u); // still open
  file.reset();
  EXPECT_EQ(*root->free_bytes(), 8192u);
}

TEST(MemoryDisk, ReadOnlyRefusesEveryChange) {
  MemoryDisk disk;
  disk.add_file("a", "x");
  disk.add_directory("d");
  disk.read_only = true;
  const auto root = disk.root();
  EXPECT_EQ(root->create_file("b").error().code, Errc::permission);
  EXPECT_EQ(root->reopen_file("a").error().code, Errc::permission);
  EXPECT_EQ(root->make_directory("b").error().code, Errc::permission);
  EXPECT_EQ(root->make_symlink("a", "b").error().code, Errc::permission);
  EXPECT_EQ(root->make_hard_link(*root, "a", "b").error().code, Errc::permission);
  EXPECT_EQ(root->rename("a", "b", Replace::yes).error().code, Errc::permission);
  EXPECT_EQ(root->remove("a").error().code, Errc::permission);
  EXPECT_EQ(root->remove_directory("d").error().code, Errc::permission);
  EXPECT_EQ(root->set({}).error().code, Errc::permission);
  EXPECT_EQ(read_all(**root->open_file("a")), "x");
}

TEST(MemoryDisk, IgnoresCaseWhereTheTestSaysSoAndKeepsTheFirstSpelling) {
  MemoryDisk disk;
  disk.ignores_case = true;
  disk.add_file("Readme", "old");
  disk.add_file("new", "new");
  EXPECT_EQ(disk.root()->create_file("README").error().code, Errc::conflict);
  ASSERT_TRUE(disk.root()->rename("new", "readme", Replace::yes));
  EXPECT_EQ(disk.names(), std::vector<std::string>{"Readme"});
  EXPECT_EQ(disk.content("README"), "new");
}

TEST(MemoryDisk, HardLinksShareOneFile) {
  MemoryDisk disk;
  disk.add_file("a", "x");
  const auto root = disk.root();
  ASSERT_TRUE(root->make_hard_link(*root, "a", "b"));
  EXPECT_EQ(root->stat("b")->links, 2u);
  EXPECT_TRUE(root->stat("b")->is(*root->stat("a")));
  EXPECT_EQ(root->reopen_file("a").error().code, Errc::conflict);
  ASSERT_TRUE(root->remove("a"));
  EXPECT_EQ(disk.content("b"), "x");
  EXPECT_EQ(root->stat("b")->links, 1u);
}

TEST(MemoryDisk, RenameReplacesOnlyWhereItMay) {
  MemoryDisk disk;
  disk.add_file("a", "a");
  disk.add_file("b", "b");
  disk.add_file("d/inner", "");
  const auto root = disk.root();
  EXPECT_EQ(root->rename("a", "b", Replace::no).error().code, Errc::conflict);
  EXPECT_EQ(root->rename("a", "d", Replace::yes).error().code, Errc::conflict);
  EXPECT_EQ(root->rename("none", "x", Replace::yes).error().code, Errc::not_found);
  ASSERT_TRUE(root->rename("a", "b", Replace::yes));
  ASSERT_TRUE(root->rename("d", "e", Replace::no));
  EXPECT_EQ(disk.names(), (std::vector<std::string>{"b", "e", "e/inner"}));
  EXPECT_EQ(disk.content("b"), "a");
}

TEST(MemoryDisk, OpensNothingThroughALinkAndReadsNoSpecialFile) {
  MemoryDisk disk;
  disk.add_directory("d");
  disk.add_symlink("to_d", "d");
  disk.add_special("pipe", files::FileType::fifo);
  const auto root = disk.root();
  EXPECT_EQ(root->open_directory("to_d").error().code, Errc::conflict);
  EXPECT_EQ(root->open_file("to_d").error().code, Errc::unsupported);
  EXPECT_EQ(root->open_file("pipe").error().code, Errc::unsupported);
  EXPECT_EQ(root->open_file("d").error().code, Errc::unsupported);
  EXPECT_EQ(*root->read_link("to_d"), "d");
  EXPECT_EQ(root->open_file("../d").error().code, Errc::invalid);
}

TEST(MemoryDisk, MayNotWriteWhereTheModeForbidsIt) {
  MemoryDisk disk;
  disk.add_directory("d", 0500);
  disk.add_file("secret", "x", 0000);
  EXPECT_EQ(disk.directory("d")->create_file("a").error().code, Errc::permission);
  EXPECT_EQ(disk.root()->open_file("secret").error().code, Errc::permission);
}

TEST(MemoryDisk, ListsNamesInOrderWithTheirTypes) {
  MemoryDisk disk;
  disk.add_file("b/c", "");
  disk.add_symlink("a", "b");
  auto listing = disk.root()->list().value();
  EXPECT_EQ((*listing->next())->name, "a");
  EXPECT_EQ((*listing->next())->type, files::FileType::directory);
  EXPECT_FALSE(*listing->next());
}

TEST(MemoryDisk, FailsTheCallThatTheTestNamesAndNoOther) {
  MemoryDisk disk;
  disk.add_file("a", "x");
  disk.fail_call(2, Errc::io);
  EXPECT_TRUE(disk.root()->stat("a"));
  EXPECT_EQ(disk.root()->remove("a").error().code, Errc::io);
  EXPECT_TRUE(disk.exists("a"));
  EXPECT_TRUE(disk.root()->remove("a"));
  EXPECT_EQ(disk.calls(), 3u);
}

TEST(MemoryDisk, AKilledProcessLosesItsHandlesAndNothingThatItWrote) {
  MemoryDisk disk;
  const auto root = disk.root();
  auto file = root->create_file("a").value();
  ASSERT_TRUE(file->write(0, as_bytes("ab")));
  disk.crash_at_call(1);
  EXPECT_EQ(file->write(2, as_bytes("cd")).error().code, Errc::io);
  EXPECT_EQ(root->remove("a").error().code, Errc::io);
  disk.restart();
  EXPECT_EQ(root->remove("a").error().code, Errc::io);
  EXPECT_EQ(read_all(**disk.root()->open_file("a")), "ab");
}

TEST(MemoryDisk, ATestCanChangeAFileInFrontOfACall) {
  MemoryDisk disk;
  disk.add_file("a", "before");
  disk.before_call = [&](std::string_view call, const std::string& path) {
    if (call == "read" && path == "a") disk.add_file("a", "now");
  };
  auto file = disk.root()->open_file("a").value();
  EXPECT_EQ(file->stat()->size, 6u);
  EXPECT_EQ(read_all(*file), "now");
}

TEST(MemoryDisk, SetsWhatIsToldAndMayNotGiveAFileAway) {
  MemoryDisk disk;
  auto file = disk.root()->create_file("a").value();
  ASSERT_TRUE(file->set({.mode = 0640, .modified = {-5, 7}, .owner = {}, .attributes = {{"user.k", "v"}}}));
  EXPECT_EQ(disk.stat("a").mode, 0640u);
  EXPECT_EQ(disk.stat("a").modified, (files::FileTime{-5, 7}));
  EXPECT_EQ(file->attributes()->at(0).value, "v");
  EXPECT_EQ(file->set({.mode = 04711, .modified = {5, 0}, .owner = {{0, 0}}, .attributes = {}}).error().code, Errc::permission);
  EXPECT_EQ(disk.stat("a").mode, 0711u);
  EXPECT_EQ(disk.stat("a").modified, (files::FileTime{5, 0}));
}

} // namespace
} // namespace rs::test
