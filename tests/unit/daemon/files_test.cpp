#include "daemon/files.hpp"

#include "scratch_directory.hpp"

#include <sys/stat.h>

#include <fstream>

namespace rs::daemon {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat found{};
  EXPECT_EQ(::stat(path.c_str(), &found), 0);
  return found.st_mode & 07777;
}

std::size_t entries_in(const std::string& path) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
}

TEST(Files, WrittenFileHasItsContentAndModeAndNothingElseStays) {
  const ScratchDirectory directory;
  for (const std::string content : {"first", "", "third"}) {
    ASSERT_TRUE(write_file_atomically(directory / "file", as_bytes(content), 0640));
    EXPECT_EQ(to_text(*read_file(directory / "file", 100)), content);
  }
  EXPECT_EQ(mode_of(directory / "file"), 0640u);
  EXPECT_EQ(entries_in(directory.path), 1u);
}

TEST(Files, AFailedWriteLeavesTheOldFileAndNoTemporaryOne) {
  const ScratchDirectory directory;
  std::filesystem::create_directory(directory / "file"); // rename() of a file over a directory fails
  EXPECT_FALSE(write_file_atomically(directory / "file", as_bytes("x"), 0600));
  EXPECT_EQ(entries_in(directory.path), 1u);
  EXPECT_EQ(write_file_atomically(directory / "none/file", as_bytes("x"), 0600).error().code, Errc::not_found);
}

TEST(Files, AnEndlessFileStopsAtTheLimit) { EXPECT_EQ(read_file("/dev/zero", 100'000).error().code, Errc::limit); }

TEST(Files, ReadingKnowsItsLimit) {
  const ScratchDirectory directory;
  ASSERT_TRUE(write_file_atomically(directory / "file", as_bytes(std::string(1000, 'x')), 0600));
  EXPECT_EQ(read_file(directory / "file", 1000)->size(), 1000u);
  EXPECT_EQ(read_file(directory / "file", 999).error().code, Errc::limit);
  EXPECT_EQ(read_file(directory / "missing", 999).error().code, Errc::not_found);
}

TEST(Files, PrivateDirectoryIsMadeWithItsParents) {
  const ScratchDirectory directory;
  ASSERT_TRUE(make_private_directory(directory / "a/b/c"));
  ASSERT_TRUE(make_private_directory(directory / "a/b/c"));
  EXPECT_EQ(mode_of(directory / "a/b/c"), 0700u);
  std::ofstream(directory / "file") << "x";
  EXPECT_FALSE(make_private_directory(directory / "file"));
  EXPECT_FALSE(make_private_directory(directory / "file/below"));
}

TEST(FileLockTest, IsHeldByOneAtATime) {
  const ScratchDirectory directory;
  {
    const auto held = FileLock::try_acquire(directory / "lock");
    ASSERT_TRUE(held);
    EXPECT_EQ(FileLock::try_acquire(directory / "lock").error().code, Errc::conflict);
  }
  EXPECT_TRUE(FileLock::acquire(directory / "lock"));
}

} // namespace
} // namespace rs::daemon
