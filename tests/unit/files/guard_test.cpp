#include "files/guard.hpp"

#include "open_directory.hpp"

#include <sys/stat.h>

namespace rs::files {
namespace {

// var/agent/key is the agent's; var/other is not.
class GuardTest : public testing::Test {
 protected:
  GuardTest() {
    std::filesystem::create_directories(scratch_ / "var/agent");
    write_text(scratch_ / "var/agent/key", "secret");
    write_text(scratch_ / "var/other", "other");
  }
  std::unique_ptr<Directory> guarded(const std::string& forbidden, const std::string& opened) {
    return open_path(scratch_ / opened, guard_of(scratch_ / forbidden));
  }
  std::string secret() { return read_text(scratch_ / "var/agent/key"); }

  ScratchDirectory scratch_;
};

TEST_F(GuardTest, ADirectoryOutOfReachIsNeitherEnteredNorRemoved) {
  const auto var = guarded("var/agent", "var");
  EXPECT_EQ(var->open_directory("agent").error().code, Errc::forbidden);
  EXPECT_EQ(var->open_directory("agent").error().message, scratch_ / "var/agent: belongs to this agent");
  EXPECT_EQ(var->rename("agent", "moved", Replace::no).error().code, Errc::forbidden);
  ASSERT_TRUE(var->make_directory("empty"));
  EXPECT_EQ(var->rename("empty", "agent", Replace::yes).error().code, Errc::forbidden);
  std::filesystem::remove(scratch_ / "var/agent/key");
  EXPECT_EQ(var->remove_directory("agent").error().code, Errc::forbidden);
  EXPECT_TRUE(var->open_file("other"));
  EXPECT_TRUE(var->rename("other", "third", Replace::yes));
}

TEST_F(GuardTest, NobodyStartsInsideADirectoryOutOfReach) {
  std::filesystem::create_directories(scratch_ / "var/agent/deep/er");
  for (const auto* path : {"var/agent", "var/agent/deep", "var/agent/deep/er"})
    EXPECT_EQ(try_open(scratch_ / path, guard_of(scratch_ / "var/agent")).error().code, Errc::forbidden) << path;
  EXPECT_TRUE(try_open(scratch_ / "var", guard_of(scratch_ / "var/agent")));
}

TEST_F(GuardTest, ADirectoryOnTheWayIsUsableButStaysWhereItIs) {
  const auto root = guarded("var/agent/key", "");
  EXPECT_EQ(root->rename("var", "moved", Replace::no).error().code, Errc::forbidden);
  EXPECT_EQ(root->remove_directory("var").error().code, Errc::forbidden);
  const auto var = root->open_directory("var").value();
  EXPECT_EQ(var->rename("agent", "moved", Replace::no).error().message, scratch_ / "var/agent: holds what belongs to this agent");
  EXPECT_TRUE(var->open_directory("agent").value()->create_file("beside"));
}

TEST_F(GuardTest, ADirectoryOnTheWayKeepsItsOwnerAndMode) {
  const auto var = guarded("var/agent", "var");
  const auto before = var->stat().value();
  const FileTime time{1000, 0};
  EXPECT_TRUE(var->set({.mode = before.mode, .modified = time, .owner = {{before.uid, before.gid}}, .attributes = {}}));
  EXPECT_EQ(var->stat()->modified, time);
  const Metadata refused[] = {
      {.mode = 0777, .modified = {}, .owner = {}, .attributes = {}},
      {.mode = before.mode, .modified = {}, .owner = {{before.uid + 1, before.gid}}, .attributes = {}},
      {.mode = before.mode, .modified = {}, .owner = {}, .attributes = {{"user.k", "v"}}},
  };
  for (const auto& metadata : refused) EXPECT_EQ(var->set(metadata).error().code, Errc::forbidden);
  EXPECT_EQ(var->stat()->mode, before.mode);
  EXPECT_EQ(var->stat()->uid, before.uid);
  EXPECT_EQ(var->attributes()->size(), 0u);
  EXPECT_EQ(var->set(refused[0]).error().message,
            scratch_ / "var: holds what belongs to this agent; its owner, attributes and mode stay");
}

TEST_F(GuardTest, AFileOutOfReachIsNeitherReadNorReplacedNorLinked) {
  const auto agent = guarded("var/agent/key", "var/agent");
  ASSERT_TRUE(agent->create_file("mine"));
  EXPECT_EQ(agent->open_file("key").error().code, Errc::forbidden);
  EXPECT_EQ(agent->reopen_file("key").error().code, Errc::forbidden);
  EXPECT_EQ(agent->rename("mine", "key", Replace::yes).error().code, Errc::forbidden);
  EXPECT_EQ(agent->rename("key", "mine", Replace::yes).error().code, Errc::forbidden);
  EXPECT_EQ(agent->remove("key").error().code, Errc::forbidden);
  EXPECT_EQ(agent->make_hard_link(*agent, "key", "copy").error().code, Errc::forbidden);
  EXPECT_EQ(secret(), "secret");
}

TEST_F(GuardTest, AFileOutOfReachIsNotReadUnderAnotherName) {
  std::filesystem::create_hard_link(scratch_ / "var/agent/key", scratch_ / "var/second");
  EXPECT_EQ(guarded("var/agent/key", "var")->open_file("second").error().code, Errc::forbidden);
}

TEST_F(GuardTest, AFileThatTheAgentReplacedStaysOutOfReach) {
  const auto agent = guarded("var/agent/key", "var/agent");
  write_text(scratch_ / "var/agent/key.new", "secret");
  std::filesystem::rename(scratch_ / "var/agent/key.new", scratch_ / "var/agent/key");
  EXPECT_EQ(agent->open_file("key").error().code, Errc::forbidden);
  EXPECT_EQ(agent->remove("key").error().code, Errc::forbidden);
}

TEST_F(GuardTest, WhatIsNotThereYetCannotBePutThere) {
  const auto var = guarded("var/config/agentd.yaml", "var");
  write_text(scratch_ / "var/mine", "allow: [exec]");
  EXPECT_EQ(var->make_directory("config").error().code, Errc::forbidden);
  EXPECT_EQ(var->make_symlink("/elsewhere", "config").error().code, Errc::forbidden);
  EXPECT_EQ(var->create_file("config").error().code, Errc::forbidden);
  EXPECT_EQ(var->make_hard_link(*var, "mine", "config").error().code, Errc::forbidden);
  EXPECT_EQ(var->rename("mine", "config", Replace::no).error().code, Errc::forbidden);
}

TEST_F(GuardTest, ALinkOnTheWayCannotBeTurnedElsewhere) {
  std::filesystem::create_directory_symlink("var", scratch_ / "link");
  const auto root = guarded("link/agent", "");
  EXPECT_EQ(root->remove("link").error().code, Errc::forbidden);
  EXPECT_EQ(root->open_directory("var").value()->open_directory("agent").error().code, Errc::forbidden);
  EXPECT_EQ(root->rename("var", "moved", Replace::no).error().code, Errc::forbidden);
}

TEST_F(GuardTest, WithoutAGuardEverythingIsInReach) {
  const auto agent = open_path(scratch_ / "var/agent");
  EXPECT_EQ(read_all(**agent->open_file("key")), "secret");
  EXPECT_TRUE(agent->rename("key", "moved", Replace::no));
}

TEST_F(GuardTest, ProcessesAreOutOfReachAndTheRestOfProcIsNot) {
  const auto proc = open_path("/proc", guard_of(scratch_ / "var/agent"));
  for (const auto& name : {std::string("1"), std::to_string(::getpid()), std::string("self"), std::string("thread-self")}) {
    EXPECT_EQ(proc->open_directory(name).error().code, Errc::forbidden) << name;
    EXPECT_EQ(proc->read_link(name).error().code, Errc::forbidden) << name;
  }
  EXPECT_EQ(proc->open_file("kcore").error().code, Errc::forbidden);
  EXPECT_TRUE(proc->open_file("uptime"));
  EXPECT_TRUE(proc->open_directory("sys").value()->open_directory("kernel"));
}

TEST_F(GuardTest, NobodyStartsInsideTheDirectoryOfAProcess) {
  const auto guard = guard_of(scratch_ / "var/agent");
  for (const auto* path : {"/proc/self", "/proc/1", "/proc/self/task", "/proc/thread-self/fd"})
    EXPECT_EQ(try_open(path, guard).error().code, Errc::forbidden) << path;
  for (const auto* path : {"/proc", "/proc/sys/kernel", "/"}) EXPECT_TRUE(try_open(path, guard)) << path;
}

TEST_F(GuardTest, AWalkThatComesToProcKnowsItThere) {
  const auto root = open_path("/", guard_of(scratch_ / "var/agent"));
  EXPECT_EQ(root->open_directory("proc").value()->open_directory("1").error().code, Errc::forbidden);
}

TEST(GuardPaths, WantsAnAbsolutePathThatIsNotEverything) {
  Guard guard;
  EXPECT_EQ(guard.forbid("relative").error().code, Errc::invalid);
  EXPECT_EQ(guard.forbid("/").error().code, Errc::invalid);
  EXPECT_TRUE(guard.forbid("/does/not/exist"));
  EXPECT_TRUE(guard.forbid("/etc/passwd/below/a/file"));
}

} // namespace
} // namespace rs::files
