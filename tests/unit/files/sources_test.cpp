#include "files/sources.hpp"

#include "open_directory.hpp"

#include <sys/stat.h>

namespace rs::files {
namespace {

class Sources : public testing::Test {
 protected:
  Sources() {
    std::filesystem::create_directories(scratch_ / "d/inner");
    write_text(scratch_ / "f", "f");
    std::filesystem::create_symlink("d", scratch_ / "to_d");
    std::filesystem::create_symlink("f", scratch_ / "to_f");
  }
  // "parent's entry as name at the destination".
  std::string source(const std::string& path) const {
    auto found = find_sources(std::make_shared<Jail>(Jail::local()), {scratch_ / path}, false);
    if (!found) return std::string(name(found.error().code));
    auto& one = found->front();
    if (const auto there = one.find(one); !there) return std::string(name(there.error().code));
    return (one.name.empty() ? "itself" : one.name) + " as " + (one.as.empty() ? "nothing" : one.as);
  }
  std::string destination(const std::string& path, bool into = false, bool file = false) {
    Receiver::Options options;
    options.now = WallTime(std::chrono::hours(24));
    const auto found = find_destination(Jail::local(), scratch_ / path, {into, file, placement_, earlier_}, options);
    if (!found) return std::string(name(found.error().code));
    const auto base = std::filesystem::path(options.base_path).lexically_relative(base_).string();
    return base + (options.name ? " as " + *options.name : "");
  }

  ScratchDirectory scratch_;
  Placement placement_ = Placement::unknown;
  JournalRecord earlier_; // none
  std::string base_ = std::filesystem::canonical(scratch_.path).string();
};

TEST_F(Sources, AreTheDirectoryByItsNameOrWhatIsInIt) {
  const std::pair<std::string, std::string> cases[] = {{"f", "f as f"},
                                                       {"d", "d as d"},
                                                       {"d/", "itself as d"},
                                                       {"d/.", "itself as nothing"},
                                                       {"d/inner/..", "itself as nothing"},
                                                       {"to_d", "to_d as to_d"},
                                                       {"to_d/", "itself as to_d"},
                                                       {"d//inner//", "itself as inner"},
                                                       {"none", "none as none"},
                                                       {"none/f", "not-found"},
                                                       {"none/", "not-found"},
                                                       {"f/", "not-found"}};
  for (const auto& [path, expected] : cases) EXPECT_EQ(source(path), expected) << path;
  EXPECT_EQ(name_of_source("/"), "");
}

TEST_F(Sources, OfOneNameAreRefusedBeforeAnythingIsSent) {
  const auto jail = std::make_shared<Jail>(Jail::local());
  EXPECT_EQ(find_sources(jail, {"a/x", "b/x"}, false).error().code, Errc::conflict);
  EXPECT_TRUE(find_sources(jail, {"a/x", "b/y", "c/.", "d/."}, false));
}

TEST_F(Sources, OfContentFollowALink) {
  auto found = find_sources(std::make_shared<Jail>(Jail::local()), {scratch_ / "to_f"}, true).value();
  ASSERT_TRUE(found.front().find(found.front()));
  EXPECT_EQ(found.front().name, "f");
}

// rsctl has connected again: what stands there now is its own.
TEST_F(Sources, GoWhereTheFirstAttemptOfACommandPutThem) {
  placement_ = Placement::renamed;
  EXPECT_EQ(destination("d"), ". as d");
  placement_ = Placement::inside;
  earlier_ = {.begun = {}, .completed = 3, .boot = {}, .folder = base_, .prefix = ".rs-part-x-", .partials = {}};
  EXPECT_EQ(destination("d"), "d");
}

TEST_F(Sources, GoIntoADirectoryThatIsThereAndElseTakeTheName) {
  const std::pair<std::string, std::string> cases[] = {{"d", "d"},           {"d/", "d"},           {"d/inner", "d/inner"},
                                                       {"to_d", "d"},        {"f", ". as f"},       {"to_f", ". as to_f"},
                                                       {"new", ". as new"},  {"d/new", "d as new"}, {"none/new", "not-found"},
                                                       {"f/new", "conflict"}};
  for (const auto& [path, expected] : cases) EXPECT_EQ(destination(path), expected) << path;
}

TEST_F(Sources, MakeTheDirectoryThatSeveralOfThemNeed) {
  EXPECT_EQ(destination("new", true), "new");
  EXPECT_TRUE(std::filesystem::is_directory(scratch_ / "new"));
  EXPECT_EQ(std::filesystem::status(scratch_ / "new").permissions(), std::filesystem::perms(0755));
  EXPECT_EQ(destination("new", true), "new") << "it is there now";
  EXPECT_EQ(destination("f", true), "conflict");
  EXPECT_EQ(destination("none/new", true), "not-found");
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "none"));
}

TEST_F(Sources, WithoutANameOfTheirOwnNeedAFilesName) {
  EXPECT_EQ(destination("d", false, true), "conflict");
  EXPECT_EQ(destination("new", false, true), ". as new");
  EXPECT_EQ(destination("f", false, true), ". as f");
}

// Else the second attempt would put the tree into the first one's half.
TEST_F(Sources, GoOnUnderTheNameThatAnEarlierAttemptGaveThem) {
  earlier_ = {.begun = {}, .completed = 3, .boot = {}, .folder = base_, .prefix = ".rs-part-x-", .partials = {}};
  EXPECT_EQ(destination("d"), ". as d");
  EXPECT_EQ(destination("d/inner"), "d/inner") << "another directory";
  EXPECT_EQ(destination("to_d"), "d") << "it would have been made, not linked";
  EXPECT_EQ(destination("d", true), "d") << "with a slash it is a directory at each attempt";
  EXPECT_EQ(destination("new"), ". as new");
  earlier_.folder = base_ + "/d"; // d was there before
  EXPECT_EQ(destination("d"), "d");
}

TEST_F(Sources, NeverTakeADevicesName) {
  Receiver::Options options; // finding changes nothing: /dev/null is safe
  const auto refused = find_destination(Jail::local(), "/dev/null", {}, options);
  EXPECT_EQ(refused.error().code, Errc::unsupported);
  EXPECT_NE(refused.error().message.find("/dev/null: is a device"), std::string::npos) << refused.error().message;
  std::filesystem::create_symlink("/proc/self/fd/99999", scratch_ / "stdout");
  EXPECT_EQ(destination("stdout"), "unsupported");
}

// Never with the machine's own: a failure would take it away.
TEST_F(Sources, ADeviceIsNeitherReplacedNorRemovedNorLinked) {
  if (::mknod((scratch_ / "zero").c_str(), S_IFCHR | 0666, 0x105) != 0) GTEST_SKIP() << "may not make a device";
  const auto root = open_path(scratch_.path);
  EXPECT_EQ(root->rename("f", "zero", Replace::yes).error().code, Errc::unsupported);
  EXPECT_EQ(root->rename("zero", "new", Replace::no).error().code, Errc::unsupported);
  EXPECT_EQ(root->remove("zero").error().code, Errc::unsupported);
  EXPECT_EQ(root->make_hard_link(*root, "zero", "new").error().code, Errc::unsupported);
  EXPECT_EQ(root->stat("zero")->type, FileType::device);
}

} // namespace
} // namespace rs::files
