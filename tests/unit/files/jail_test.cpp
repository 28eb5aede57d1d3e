#include "files/jail.hpp"

#include "files/limits.hpp"
#include "open_directory.hpp"

#include <unistd.h>

namespace rs::files {
namespace {

// home/ is where relative paths begin, srv/ the only root, outside/ what is out of bounds.
class JailTest : public testing::Test {
 protected:
  JailTest() : base_(std::filesystem::canonical(scratch_.path).string()) {
    for (const auto* name : {"srv/home/d", "srv2", "outside/d"}) std::filesystem::create_directories(base_ + "/" + name);
    write_text(base_ + "/srv/home/f", "f");
    write_text(base_ + "/outside/f", "secret");
  }
  std::string path(const std::string& name) const { return base_ + "/" + name; }
  Jail jail(std::shared_ptr<const Guard> guard = std::make_shared<Guard>()) const {
    return {path("srv/home"), {path("srv")}, std::move(guard)};
  }
  void link(const std::string& target, const std::string& name) { std::filesystem::create_symlink(target, path(name)); }

  ScratchDirectory scratch_;
  std::string base_;
};

std::string shown(const Result<Place>& place) {
  if (!place) return std::string(name(place.error().code));
  return place->real_path + (place->name ? " as " + *place->name : " itself");
}

TEST_F(JailTest, ADestinationIsADirectoryOrAnEntryOfOne) {
  link("d", "srv/home/to_d");
  link("f", "srv/home/to_f");
  link("nowhere", "srv/home/dangling");
  const std::pair<std::string, std::string> cases[] = {
      {"d", path("srv/home/d itself")},
      {"d/", path("srv/home/d itself")},
      {".", path("srv/home itself")},
      {"d/..", path("srv/home itself")},
      {"to_d", path("srv/home/d itself")},
      {"f", path("srv/home/f as f")},
      {"to_f", path("srv/home/to_f as to_f")},
      {"dangling", path("srv/home/dangling as dangling")},
      {"new", path("srv/home/new as new")},
      {"new/", path("srv/home/new as new")},
      {"d//new", path("srv/home/d/new as new")},
      {"to_d/new", path("srv/home/d/new as new")},
      {"../new", path("srv/new as new")},
      {path("srv"), path("srv itself")},
      {"f/", "conflict"},
      {"f/new", "conflict"},
      {"none/new", "not-found"},
      {"none/..", "not-found"},
  };
  for (const auto& [written, expected] : cases) EXPECT_EQ(shown(jail().resolve_directory_or_new(written)), expected) << written;
}

TEST_F(JailTest, AnEntryIsNotFollowedUnlessASlashIsBehindIt) {
  link("d", "srv/home/to_d");
  const std::pair<std::string, std::string> cases[] = {
      {"to_d", path("srv/home/to_d as to_d")},
      {"to_d/", path("srv/home/d itself")},
      {"to_d/.", path("srv/home/d itself")},
      {"d", path("srv/home/d as d")},
      {"none", path("srv/home/none as none")},
      {"..", path("srv itself")},
      {path("srv"), path("srv itself")},
      {"f/", "not-found"},
      {"f/new", "not-found"},
      {"none/f", "not-found"},
  };
  for (const auto& [written, expected] : cases) EXPECT_EQ(shown(jail().resolve_entry(written)), expected) << written;
}

TEST_F(JailTest, WhatLeadsOutOfTheRootsIsForbidden) {
  link(path("outside"), "srv/home/out");
  link("../../outside/f", "srv/home/out_f");
  for (const auto& written :
       {std::string("../../outside/f"), std::string("../../outside/d"), std::string("out/f"), std::string("out/new"),
        std::string("out/"), path("srv2/new"), path("outside/f"), std::string("/etc/passwd"), std::string("/")}) {
    EXPECT_EQ(jail().resolve_directory_or_new(written).error().code, Errc::forbidden) << written;
    EXPECT_EQ(jail().resolve_entry(written).error().code, Errc::forbidden) << written;
  }
  EXPECT_EQ(shown(jail().resolve_directory_or_new("out_f")), path("srv/home/out_f as out_f")); // the link, to be replaced
  EXPECT_EQ(shown(jail().resolve_directory_or_new("out")), "forbidden");
  EXPECT_EQ(jail().resolve_entry("out/f").error().message,
            "out/f: in none of the directories that files.roots allows (" + path("srv") + ")");
}

TEST_F(JailTest, ARootMayBeALinkAndAMissingOneAdmitsNothing) {
  link("srv", "drop");
  const Jail linked(path("srv/home"), {path("missing"), path("drop")}, nullptr);
  EXPECT_EQ(shown(linked.resolve_entry(path("srv/home/f"))), path("srv/home/f as f"));
  EXPECT_EQ(shown(linked.resolve_entry(path("drop/home/f"))), path("srv/home/f as f"));
  const Jail missing(path("srv/home"), {path("missing")}, nullptr);
  EXPECT_EQ(missing.resolve_entry("f").error().code, Errc::forbidden);
}

// bob may write in the directory above his root: he puts a link to everything in its place.
TEST_F(JailTest, NoOtherUserTurnsARootElsewhere) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  std::filesystem::create_directories(path("bob"));
  const auto resolved = [&](const std::string& root) {
    return Jail("/", {root}, std::make_shared<Guard>()).resolve_entry(path("outside/f"));
  };
  link("/", "bob/share");
  link("bob/share", "by_root");
  for (const auto& root : {path("bob/share"), path("by_root"), path("bob/share") + base_ + "/outside/"})
    EXPECT_EQ(shown(resolved(root)), path("outside/f as f")) << root;
  ASSERT_EQ(::lchown(path("bob/share").c_str(), 1234, 1234), 0);
  for (const auto& root : {path("bob/share"), path("by_root"), path("bob/share") + base_ + "/outside/"}) {
    EXPECT_EQ(shown(resolved(root)), "forbidden") << root;
    EXPECT_EQ(resolved(root).error().message, path("outside/f") + ": in none of the directories that files.roots allows (" +
                                                  root + "); " + root + " goes through a link of user 1234");
  }
}

TEST_F(JailTest, ARootIsWalkedAsTheSystemWould) {
  link("../srv/home", "srv/up");
  link("loop", "loop");
  for (const auto& root : {path("outside/../srv/./home"), path("srv/up"), path("srv//home/")})
    EXPECT_EQ(shown(Jail("/", {root}, nullptr).resolve_entry(path("srv/home/f"))), path("srv/home/f as f")) << root;
  for (const auto& root : {path("loop"), path("srv/home/f"), path("srv/home/f/..")})
    EXPECT_EQ(shown(Jail("/", {root}, nullptr).resolve_entry(path("srv/home/f"))), "forbidden") << root;
}

TEST_F(JailTest, AFileIsFoundThroughLinksWhereItReallyIs) {
  link("home/f", "srv/to_f");
  link(path("srv/to_f"), "srv/home/d/to_to_f");
  link("d", "srv/home/to_d");
  link("nowhere", "srv/home/dangling");
  link("loop", "srv/home/loop");
  link(path("outside/f"), "srv/home/out_f");
  link("/proc/self/fd/0", "srv/home/input");
  const std::pair<std::string, std::string> cases[] = {
      {"f", path("srv/home/f as f")},
      {"../to_f", path("srv/home/f as f")},
      {"to_d/to_to_f", path("srv/home/f as f")},
      {"to_d", path("srv/home/d itself")},
      {"to_d/", path("srv/home/d itself")},
      {path("srv"), path("srv itself")},
      {"f/", "not-found"},
      {"none", path("srv/home/none as none")},
      {"dangling", "forbidden"}, // not told apart from one that leads out
      {"loop", "forbidden"},
      {"out_f", "forbidden"},
      {"input", "forbidden"},
      {path("outside/f"), "forbidden"},
      {"", "invalid"},
  };
  for (const auto& [written, expected] : cases) EXPECT_EQ(shown(jail().resolve_file(written)), expected) << written;
  EXPECT_EQ(shown(Jail::local().resolve_file(path("srv/to_f"))), path("srv/home/f as f"));
}

TEST_F(JailTest, ALinkToAFileOutOfReachIsNotRead) {
  link("f", "outside/to_f");
  const auto place = Jail("/", {"/"}, guard_of(path("outside/f"))).resolve_file(path("outside/to_f")).value();
  EXPECT_EQ(place.directory->open_file(*place.name).error().code, Errc::forbidden);
  EXPECT_EQ(shown(Jail("/", {"/"}, guard_of(path("outside"))).resolve_file(path("outside/to_f"))), "forbidden");
}

TEST_F(JailTest, TheRootOfTheSystemAdmitsEverythingButWhatTheGuardForbids) {
  const Jail open("/", {"/"}, guard_of(path("outside")));
  EXPECT_EQ(shown(open.resolve_entry("/")), "/ itself");
  EXPECT_EQ(shown(open.resolve_entry("etc")), "/etc as etc");
  for (const auto& written :
       {path("outside/f"), path("outside/d/"), path("srv/../outside/"), std::string("/proc/self/environ"),
        std::string("/proc/self/root/etc"), std::string("/proc/thread-self/fd/0"), std::string("/dev/fd/0")}) {
    EXPECT_EQ(shown(open.resolve_entry(written)), "forbidden") << written;
    EXPECT_EQ(shown(open.resolve_directory_or_new(written)), "forbidden") << written;
  }
  EXPECT_EQ(shown(open.resolve_directory_or_new(path("outside"))), "forbidden");
}

TEST_F(JailTest, APathIsCheckedBeforeItIsUsed) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "the path is empty"},
      {std::string("a\0b", 3), "zero byte"},
      {std::string(256, 'n'), "more than 255 bytes"},
      {"d/" + std::string(256, 'n') + "/f", "more than 255 bytes"},
      {[] {
    std::string out;
    while (out.size() < kMaxPath) out += "d/";
    return out;
  }(), "limit 4096"},
  };
  for (const auto& [written, expected] : cases) {
    for (const auto& error : {jail().resolve_entry(written).error(), jail().resolve_directory_or_new(written).error()}) {
      EXPECT_EQ(error.code, Errc::invalid) << written;
      EXPECT_NE(error.message.find(expected), std::string::npos) << error.message;
    }
  }
}

TEST_F(JailTest, ALinkThatLeadsToItselfIsAConflictOnTheWayAndAnEntryAtTheEnd) {
  link("loop", "srv/home/loop");
  EXPECT_EQ(shown(jail().resolve_entry("loop/f")), "conflict");
  EXPECT_EQ(shown(jail().resolve_entry("loop")), path("srv/home/loop as loop"));
  EXPECT_EQ(shown(jail().resolve_directory_or_new("loop")), path("srv/home/loop as loop"));
}

TEST_F(JailTest, APlaceStaysTheSameWhenItsPathIsTurnedElsewhere) {
  const auto place = jail().resolve_directory_or_new("d/new").value();
  std::filesystem::rename(path("srv/home/d"), path("srv/home/moved"));
  link(path("outside"), "srv/home/d");
  ASSERT_TRUE(place.directory->create_file(*place.name));
  EXPECT_TRUE(std::filesystem::exists(path("srv/home/moved/new")));
  EXPECT_FALSE(std::filesystem::exists(path("outside/new")));
}

TEST_F(JailTest, LocallyAPathIsBelowTheWorkingDirectoryAndGoesAnywhere) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(path("srv/home"));
  const auto local = Jail::local();
  EXPECT_EQ(shown(local.resolve_entry("f")), path("srv/home/f as f"));
  EXPECT_EQ(shown(local.resolve_entry("../../outside/f")), path("outside/f as f"));
  EXPECT_EQ(shown(local.resolve_directory_or_new("new")), path("srv/home/new as new"));
  EXPECT_EQ(local.resolve_entry("f")->directory->open_file("g").error().message, "g: No such file or directory");
  EXPECT_EQ(local.resolve_entry("d/x")->directory->open_file("g").error().message, "d/g: No such file or directory");
  EXPECT_EQ(local.resolve_entry("").error().code, Errc::invalid);
  std::filesystem::current_path(before);
}

} // namespace
} // namespace rs::files
