#include "files/posix_disk.hpp"

#include "files/posix_owners.hpp"
#include "open_directory.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <algorithm>

namespace rs::files {
namespace {

class PosixDisk : public testing::Test {
 protected:
  ScratchDirectory scratch_;
  std::unique_ptr<Directory> root_ = open_path(scratch_.path);
};

// The test's process without root's powers over files.
class AsNobody {
 public:
  AsNobody() : was_(::geteuid()) { EXPECT_TRUE(was_ != 0 || ::seteuid(65534) == 0); }
  ~AsNobody() { EXPECT_EQ(::seteuid(was_), 0); }

 private:
  uid_t was_;
};

class Umask {
 public:
  explicit Umask(mode_t mask) : was_(::umask(mask)) {}
  ~Umask() { ::umask(was_); }

 private:
  mode_t was_;
};

std::string message_of(const Error& error) { return std::string(name(error.code)) + ": " + error.message; }

TEST_F(PosixDisk, GivesBackWhatWasWritten) {
  auto file = root_->create_file("a").value();
  const std::string content(300'000, 'x');
  ASSERT_TRUE(file->write(5, as_bytes(content)));
  ASSERT_TRUE(file->resize(200'000));
  Bytes room(400'000);
  EXPECT_EQ(*file->read(0, room), 200'000u);
  EXPECT_EQ(*file->read(200'000, room), 0u);
  EXPECT_EQ(read_text(scratch_ / "a"), std::string(5, '\0') + content.substr(0, 199'995));
  EXPECT_TRUE(file->sync());
}

TEST_F(PosixDisk, ANewFileIsPrivateWhateverTheUmask) {
  for (const mode_t mask : {0, 022, 0277, 0777}) {
    const Umask umask(mask);
    ASSERT_TRUE(root_->create_file("f" + std::to_string(mask)));
    ASSERT_TRUE(root_->make_directory("d" + std::to_string(mask)));
    EXPECT_EQ(root_->stat("f" + std::to_string(mask))->mode, 0600u);
    EXPECT_EQ(root_->stat("d" + std::to_string(mask))->mode, 0700u);
  }
}

TEST_F(PosixDisk, TakesNoNameTwice) {
  write_text(scratch_ / "a", "x");
  EXPECT_EQ(root_->create_file("a").error().code, Errc::conflict);
  EXPECT_EQ(root_->make_directory("a").error().code, Errc::conflict);
  EXPECT_EQ(root_->make_symlink("b", "a").error().code, Errc::conflict);
  EXPECT_EQ(root_->make_hard_link(*root_, "a", "a").error().code, Errc::conflict);
  EXPECT_EQ(read_text(scratch_ / "a"), "x");
}

TEST_F(PosixDisk, TakesNoNameThatIsNotOneComponent) {
  std::filesystem::create_directory(scratch_ / "d");
  for (const auto& name :
       std::vector<std::string>{"", ".", "..", "d/..", "/etc", std::string("a\0b", 3), std::string(256, 'n')}) {
    EXPECT_EQ(root_->create_file(name).error().code, Errc::invalid) << name;
    EXPECT_EQ(root_->open_file(name).error().code, Errc::invalid) << name;
    EXPECT_EQ(root_->open_directory(name).error().code, Errc::invalid) << name;
    EXPECT_EQ(root_->stat(name).error().code, Errc::invalid) << name;
    EXPECT_EQ(root_->read_link(name).error().code, Errc::invalid) << name;
    EXPECT_EQ(root_->make_directory(name).error().code, Errc::invalid) << name;
    EXPECT_EQ(root_->make_symlink("t", name).error().code, Errc::invalid) << name;
    EXPECT_EQ(root_->make_hard_link(*root_, "d", name).error().code, Errc::invalid) << name;
    EXPECT_EQ(root_->rename("d", name, Replace::yes).error().code, Errc::invalid) << name;
    EXPECT_EQ(root_->rename(name, "x", Replace::yes).error().code, Errc::invalid) << name;
    EXPECT_EQ(root_->remove(name).error().code, Errc::invalid) << name;
    EXPECT_EQ(root_->remove_directory(name).error().code, Errc::invalid) << name;
    EXPECT_EQ(root_->set_symlink(name, {}).error().code, Errc::invalid) << name;
  }
}

TEST_F(PosixDisk, NamesAreBytes) {
  for (const auto& name : std::vector<std::string>{"new\nline", "\xff\xfe", "-rf", std::string(255, 'n')}) {
    ASSERT_TRUE(root_->create_file(name)) << name;
    EXPECT_TRUE(root_->open_file(name)) << name;
  }
}

TEST_F(PosixDisk, FollowsNoLink) {
  std::filesystem::create_directory(scratch_ / "d");
  write_text(scratch_ / "f", "x");
  ASSERT_TRUE(root_->make_symlink("d", "to_d"));
  ASSERT_TRUE(root_->make_symlink("f", "to_f"));
  EXPECT_EQ(root_->open_directory("to_d").error().code, Errc::conflict);
  EXPECT_EQ(message_of(root_->open_file("to_f").error()),
            "unsupported: " + scratch_ / "to_f" + ": is a symbolic link, no regular file");
  EXPECT_EQ(root_->reopen_file("to_f").error().code, Errc::unsupported);
  EXPECT_EQ(root_->stat("to_f")->type, FileType::symlink);
  EXPECT_EQ(*root_->read_link("to_f"), "f");
  EXPECT_EQ(root_->read_link("f").error().code, Errc::invalid);
  ASSERT_TRUE(root_->make_hard_link(*root_, "to_f", "second"));
  EXPECT_EQ(root_->stat("second")->type, FileType::symlink);
}

TEST_F(PosixDisk, OpensNoPipeSocketOrDevice) {
  ASSERT_EQ(::mkfifo((scratch_ / "pipe").c_str(), 0600), 0);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  (scratch_ / "socket").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<struct sockaddr*>(&address), sizeof address), 0);
  for (const auto* name : {"pipe", "socket"}) {
    EXPECT_EQ(root_->open_file(name).error().code, Errc::unsupported);
    EXPECT_EQ(root_->reopen_file(name).error().code, Errc::unsupported);
    EXPECT_EQ(root_->open_directory(name).error().code, Errc::conflict);
  }
  EXPECT_EQ(message_of(open_path("/dev")->open_file("null").error()), "unsupported: /dev/null: is a device, no regular file");
  ::close(socket);
}

TEST_F(PosixDisk, ListsEveryNameOnceWithItsType) {
  std::filesystem::create_directory(scratch_ / "d");
  write_text(scratch_ / "f", "");
  ASSERT_TRUE(root_->make_symlink("f", "l"));
  for (int round = 0; round < 2; ++round) { // a second listing begins at the beginning
    std::map<std::string, std::optional<FileType>> found;
    auto listing = root_->list().value();
    while (auto entry = listing->next().value()) found[entry->name] = entry->type;
    EXPECT_EQ(found.size(), 3u);
    EXPECT_EQ(found["d"].value_or(FileType::directory), FileType::directory);
    EXPECT_EQ(found["f"].value_or(FileType::regular), FileType::regular);
    EXPECT_EQ(found["l"].value_or(FileType::symlink), FileType::symlink);
  }
}

TEST_F(PosixDisk, TellsDataFromHoles) {
  auto file = root_->create_file("a").value();
  ASSERT_TRUE(file->resize(10 << 20));
  EXPECT_EQ(file->next_data(0)->begin, file->next_data(0)->end);
  ASSERT_TRUE(file->write(4 << 20, as_bytes("data")));
  const auto data = file->next_data(0).value();
  EXPECT_LE(data.begin, 4u << 20);
  EXPECT_GE(data.end, (4u << 20) + 4);
  EXPECT_LT(data.end - data.begin, 1u << 20);
  EXPECT_EQ(file->next_data(data.end)->begin, file->next_data(data.end)->end);
  EXPECT_EQ(file->next_data(20 << 20)->end, 20u << 20); // behind the end
  EXPECT_LT(file->stat()->allocated, file->stat()->size);
}

TEST_F(PosixDisk, RefusesOffsetsThatTheSystemCannotCount) {
  auto file = root_->create_file("a").value();
  Bytes room(10);
  EXPECT_EQ(file->write(UINT64_MAX - 2, room).error().code, Errc::no_space);
  EXPECT_EQ(file->resize(UINT64_MAX).error().code, Errc::no_space);
  EXPECT_EQ(*file->read(UINT64_MAX, room), 0u);
  EXPECT_EQ(file->next_data(UINT64_MAX)->end, UINT64_MAX);
}

TEST_F(PosixDisk, ReopensOnlyAnUnfinishedFileOfItsOwn) {
  ASSERT_TRUE(root_->create_file("a").value()->write(0, as_bytes("abc")));
  ASSERT_TRUE(root_->reopen_file("a").value()->write(3, as_bytes("def")));
  EXPECT_EQ(read_text(scratch_ / "a"), "abcdef");
  ASSERT_TRUE(root_->make_hard_link(*root_, "a", "b"));
  EXPECT_EQ(message_of(root_->reopen_file("a").error()), "conflict: " + scratch_ / "a" + ": has more than one name");
  EXPECT_EQ(root_->reopen_file("none").error().code, Errc::not_found);
  if (::geteuid() != 0) return;
  ASSERT_TRUE(root_->create_file("c"));
  ASSERT_EQ(::chown((scratch_ / "c").c_str(), 1234, 0), 0);
  EXPECT_EQ(root_->reopen_file("c").error().code, Errc::conflict);
}

TEST_F(PosixDisk, RenameReplacesOnlyWhereItMay) {
  write_text(scratch_ / "a", "a");
  write_text(scratch_ / "b", "b");
  std::filesystem::create_directory(scratch_ / "d");
  EXPECT_EQ(message_of(root_->rename("a", "b", Replace::no).error()), "conflict: " + scratch_ / "b" + ": File exists");
  EXPECT_EQ(root_->rename("a", "d", Replace::yes).error().code, Errc::conflict);
  EXPECT_EQ(root_->rename("none", "x", Replace::yes).error().code, Errc::not_found);
  ASSERT_TRUE(root_->rename("a", "b", Replace::yes));
  ASSERT_TRUE(root_->rename("b", "c", Replace::no));
  ASSERT_TRUE(root_->rename("d", "e", Replace::no));
  EXPECT_EQ(read_text(scratch_ / "c"), "a");
}

TEST_F(PosixDisk, ARenameToAnotherNameOfTheSameFileLeavesNoSecondOne) {
  write_text(scratch_ / "a", "x");
  ASSERT_TRUE(root_->make_hard_link(*root_, "a", "b"));
  ASSERT_TRUE(root_->rename("a", "b", Replace::yes));
  EXPECT_EQ(root_->stat("a").error().code, Errc::not_found);
  EXPECT_EQ(root_->stat("b")->links, 1u);
  ASSERT_TRUE(root_->make_hard_link(*root_, "b", "c"));
  ASSERT_TRUE(root_->rename("b", "b", Replace::yes));
  EXPECT_TRUE(root_->stat("b"));
}

TEST_F(PosixDisk, RemovesWhatItIsToldAndNothingElse) {
  write_text(scratch_ / "f", "");
  std::filesystem::create_directories(scratch_ / "d/inner");
  EXPECT_EQ(root_->remove("d").error().code, Errc::conflict);
  EXPECT_EQ(root_->remove_directory("f").error().code, Errc::conflict);
  EXPECT_EQ(root_->remove_directory("d").error().code, Errc::conflict);
  ASSERT_TRUE(root_->open_directory("d").value()->remove_directory("inner"));
  ASSERT_TRUE(root_->remove_directory("d"));
  ASSERT_TRUE(root_->remove("f"));
  EXPECT_TRUE(std::filesystem::is_empty(scratch_.path));
}

TEST_F(PosixDisk, SetsModeAndTimesBefore1970Too) {
  const FileTime before{-86'400, 123'456'789};
  auto file = root_->create_file("f").value();
  ASSERT_TRUE(file->set({.mode = 0751, .modified = before, .owner = {}, .attributes = {}}));
  ASSERT_TRUE(root_->make_symlink("f", "l"));
  ASSERT_TRUE(root_->set_symlink("l", {.mode = 0, .modified = before, .owner = {}, .attributes = {}}));
  ASSERT_TRUE(root_->set({.mode = 0700, .modified = before, .owner = {}, .attributes = {}}));
  EXPECT_EQ(root_->stat("f")->mode, 0751u);
  for (const auto& stat : {*root_->stat("f"), *root_->stat("l"), *root_->stat()}) EXPECT_EQ(stat.modified, before);
  EXPECT_EQ(root_->set_symlink("f", {}).error().code, Errc::invalid);
}

TEST_F(PosixDisk, KeepsSetuidWhereTheOwnerIsGivenWithIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  auto file = root_->create_file("f").value();
  ASSERT_TRUE(file->set({.mode = 04755, .modified = {}, .owner = {{1234, 5678}}, .attributes = {}}));
  ASSERT_TRUE(root_->make_symlink("f", "l"));
  ASSERT_TRUE(root_->set_symlink("l", {.mode = 0, .modified = {}, .owner = {{1, 2}}, .attributes = {}}));
  EXPECT_EQ(file->stat()->mode, 04755u);
  EXPECT_EQ(file->stat()->uid, 1234u);
  EXPECT_EQ(file->stat()->gid, 5678u);
  EXPECT_EQ(root_->stat("l")->uid, 1u);
}

TEST_F(PosixDisk, KeepsAttributesAndAccessLists) {
  // Version 2, user::rw-, user:1:r--, group::r--, mask::r--, other::--- (acl(5), <linux/posix_acl_xattr.h>).
  const std::string acl(
      "\x02\0\0\0\x01\0\x06\0\xff\xff\xff\xff\x02\0\x04\0\x01\0\0\0\x04\0\x04\0\xff\xff\xff\xff"
      "\x10\0\x04\0\xff\xff\xff\xff\x20\0\0\0\xff\xff\xff\xff",
      44);
  const std::vector<Attribute> kept = {{"system.posix_acl_access", acl}, {"user.a", ""}, {"user.b", std::string("\0\xff", 2)}};
  auto file = root_->create_file("f").value();
  if (::setxattr((scratch_ / "f").c_str(), "user.b", "old", 3, 0) != 0) GTEST_SKIP() << "no extended attributes here";
  ASSERT_TRUE(file->set({.mode = 0640, .modified = {}, .owner = {}, .attributes = kept}));
  EXPECT_EQ(*file->attributes(), kept);
  EXPECT_EQ(file->stat()->mode, 0640u);
  EXPECT_EQ(*root_->attributes(), std::vector<Attribute>());
  const auto refused = file->set({.mode = 0, .modified = {}, .owner = {}, .attributes = {{"nonsense.k", "v"}}}).error();
  EXPECT_EQ(message_of(refused), "unsupported: " + scratch_ / "f" + ": attribute nonsense.k: Operation not supported");
}

TEST_F(PosixDisk, SetsAllThatItCanWhereAnOwnerIsRefused) {
  const AsNobody nobody;
  const ScratchDirectory own;
  const auto root = open_path(own.path);
  auto file = root->create_file("f").value();
  const FileTime time{1000, 0};
  const Metadata roots{.mode = 06755, .modified = time, .owner = {{0, 0}}, .attributes = {}};
  EXPECT_EQ(file->set(roots).error().code, Errc::permission);
  EXPECT_EQ(root->stat("f")->mode, 0755u) << "setuid is for the owner that was asked for";
  ASSERT_TRUE(root->make_symlink("f", "l"));
  EXPECT_EQ(root->set_symlink("l", roots).error().code, Errc::permission);
  EXPECT_EQ(root->set(roots).error().code, Errc::permission);
  for (const auto& stat : {*root->stat("f"), *root->stat("l"), *root->stat()}) EXPECT_EQ(stat.modified, time);
}

TEST_F(PosixDisk, SetsAllThatItCanWhereAnAttributeIsRefused) {
  auto file = root_->create_file("f").value();
  const Metadata metadata{.mode = 0751, .modified = {1000, 0}, .owner = {}, .attributes = {{"nonsense.k", "v"}, {"user.k", "v"}}};
  EXPECT_NE(file->set(metadata).error().message.find("attribute nonsense.k"), std::string::npos) << "the first";
  EXPECT_EQ(root_->stat("f")->mode, 0751u);
  EXPECT_EQ(root_->stat("f")->modified, (FileTime{1000, 0}));
  if (::setxattr((scratch_ / "f").c_str(), "user.old", "", 0, 0) != 0) return; // none here
  EXPECT_EQ(file->attributes()->at(0), (Attribute{"user.k", "v"}));
}

TEST_F(PosixDisk, ADropBoxTakesFilesAndShowsNone) {
  const AsNobody nobody;
  const ScratchDirectory own;
  ASSERT_EQ(::chmod(own.path.c_str(), 0300), 0);
  auto box = open_path(own.path);
  ASSERT_TRUE(box->create_file("a"));
  EXPECT_EQ(box->list().error().code, Errc::permission);
  EXPECT_EQ(box->set({}).error().code, Errc::permission);
  EXPECT_TRUE(box->sync_filesystem());
  EXPECT_TRUE(box->free_bytes());
  ASSERT_EQ(::chmod(own.path.c_str(), 0700), 0);
}

TEST_F(PosixDisk, SaysWhatTheSystemDoesNotPermit) {
  const AsNobody nobody;
  EXPECT_EQ(open_path("/etc")->create_file("x").error().code, Errc::permission);
  EXPECT_EQ(open_path("/etc")->open_file("shadow").error().message, "/etc/shadow: Permission denied");
}

TEST_F(PosixDisk, CountsTheRoomThatIsLeft) {
  EXPECT_GT(*root_->free_bytes(), 0u);
  EXPECT_EQ(*open_path("/proc")->free_bytes(), UINT64_MAX); // counts none
  EXPECT_TRUE(root_->sync_filesystem());
}

TEST_F(PosixDisk, ARemovedDirectoryTakesNothingMore) {
  ASSERT_TRUE(root_->make_directory("d"));
  auto inner = root_->open_directory("d").value();
  ASSERT_TRUE(root_->remove_directory("d"));
  EXPECT_EQ(inner->create_file("a").error().code, Errc::not_found);
}

TEST(PosixOwnersTest, KnowsUsersAndGroupsByNameAndNumber) {
  PosixOwners owners;
  EXPECT_EQ(owners.user_name(0), "root");
  EXPECT_EQ(owners.user_id("root"), 0u);
  EXPECT_EQ(owners.group_name(0), "root");
  EXPECT_EQ(owners.group_id("root"), 0u);
  EXPECT_EQ(owners.user_name(3'999'999'999), std::nullopt);
  EXPECT_EQ(owners.user_id(std::string("root\0", 5)), std::nullopt);
  EXPECT_EQ(owners.group_id(""), std::nullopt);
}

TEST(PosixOwnersTest, EndlesslyManyNamesOfAPeerAreNoTrouble) {
  PosixOwners owners;
  for (std::size_t i = 0; i < PosixOwners::kMaxRemembered + 10; ++i) owners.user_id("nobody-" + std::to_string(i));
  EXPECT_EQ(owners.user_id("root"), 0u);
}

} // namespace
} // namespace rs::files
