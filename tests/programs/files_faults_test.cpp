#include "files_lab.hpp"

#include <sys/mount.h>
#include <sys/sysmacros.h>

#include <atomic>
#include <thread>

namespace rs::test {
namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;
constexpr std::size_t kLarge = 96; // MiB: long enough to be cut
constexpr std::uint64_t kSeen = 8 * kMebibyte;
constexpr int kWide = 4000; // files of a tree

class ProgramsFilesFaults : public FilesLab {
 protected:
  std::vector<std::string> line(bool push) const {
    return {"-o", "json", push ? "push" : "pull", push ? in_room("large") : remote("large"),
            push ? remote("copy") : in_room("copy")};
  }
  // A transfer of which a good part is there, but not all.
  Started start_half(bool push) {
    std::filesystem::remove(in_room("copy"));
    auto call = start("rsctl", line(push));
    EXPECT_TRUE(grows_to(kSeen)) << contents(call.err);
    return call;
  }
  // What ended well, and brought only what was missing.
  void expect_resumed(const std::string& json) {
    EXPECT_LT(number(json, "bytes"), (kLarge - 4) * kMebibyte) << json;
    EXPECT_EQ(number(json, "files"), 1u) << json;
    EXPECT_TRUE(are_equal("large", "copy"));
    expect_no_litter();
  }
  void make_wide_tree() const {
    for (int i = 0; i < kWide; ++i) put("tree/" + std::to_string(i / 100) + "/" + std::to_string(i), std::string(10'000, 'x'));
  }
  std::vector<std::string> tree_line(bool push) const {
    return {"-o",
            "json",
            push ? "push" : "pull",
            "-r",
            push ? in_room("tree") : remote("tree"),
            push ? remote("copy") : in_room("copy")};
  }
  Started start_half_tree(bool push) {
    std::filesystem::remove_all(in_room("copy"));
    auto call = start("rsctl", tree_line(push));
    EXPECT_TRUE(eventually([&] {
      return exists("copy") && std::distance(std::filesystem::directory_iterator(in_room("copy")), {}) > 15;
    })) << contents(call.err);
    return call;
  }
  void expect_tree_resumed(const std::string& json) {
    EXPECT_GT(number(json, "present"), 500u) << json;
    EXPECT_EQ(number(json, "present") + number(json, "files"), std::uint64_t(kWide)) << json;
    EXPECT_EQ(tree("copy"), tree("tree"));
    expect_no_litter();
  }
  void mount_small() {
    std::filesystem::create_directory(in_room("small"));
    if (::mount("none", in_room("small").c_str(), "tmpfs", 0, "size=4m") != 0) GTEST_SKIP() << "may not mount a tmpfs";
    mounted_ = true;
  }
  ~ProgramsFilesFaults() override {
    if (mounted_) ::umount2(in_room("small").c_str(), MNT_DETACH);
  }

 private:
  bool mounted_ = false;
};

TEST_F(ProgramsFilesFaults, KilledTechnicianLeavesAPartialThatTheNextTryFinishes) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  put_random("large", kLarge);
  for (const bool push : {true, false}) {
    auto call = start_half(push);
    call.child.signal(SIGKILL);
    ASSERT_EQ(call.child.wait(), 128 + SIGKILL);
    EXPECT_FALSE(exists("copy"));
    EXPECT_EQ(partials().size(), 1u);
    expect_resumed(good(line(push)).out);
  }
}

TEST_F(ProgramsFilesFaults, ATreeGoesOnWithTheFilesThatAreMissing) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  make_wide_tree();
  for (const bool push : {true, false}) {
    auto call = start_half_tree(push);
    call.child.signal(SIGKILL);
    ASSERT_EQ(call.child.wait(), 128 + SIGKILL) << "it was done before it was killed";
    expect_tree_resumed(good(tree_line(push)).out);
  }
}

// The directory that the first attempt made is not one that was there: the second must not go into it.
TEST_F(ProgramsFilesFaults, ATreeGoesOnByItselfInItsPlace) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  make_wide_tree();
  auto call = start_half_tree(true);
  relay_->signal(SIGKILL);
  relay_->wait();
  ASSERT_NO_FATAL_FAILURE(start_relay());
  ASSERT_EQ(call.child.wait(Seconds(60)), 0) << contents(call.err);
  EXPECT_GT(number(contents(call.out), "attempts"), 1u);
  expect_tree_resumed(contents(call.out));
}

TEST_F(ProgramsFilesFaults, CtrlCKeepsThePartialForTheNextTry) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  put_random("large", kLarge);
  for (const bool push : {true, false}) {
    auto call = start_half(push);
    call.child.signal(SIGINT);
    ASSERT_EQ(call.child.wait(), 130) << contents(call.err);
    EXPECT_FALSE(exists("copy"));
    EXPECT_EQ(partials().size(), 1u);
    expect_resumed(good(line(push)).out);
  }
}

TEST_F(ProgramsFilesFaults, KilledAgentIsWaitedForAndTheTransferGoesOn) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  put_random("large", kLarge);
  for (const bool push : {true, false}) {
    auto call = start_half(push);
    agent("box").signal(SIGKILL);
    agent("box").wait();
    EXPECT_FALSE(exists("copy"));
    EXPECT_EQ(partials().size(), 1u);
    forget_agent("box");
    ASSERT_NO_FATAL_FAILURE(start_agent("box"));
    ASSERT_EQ(call.child.wait(Seconds(60)), 0) << contents(call.err);
    EXPECT_GT(number(contents(call.out), "attempts"), 1u);
    EXPECT_LT(number(contents(call.out), "bytes"), (kLarge + 16) * kMebibyte);
    EXPECT_TRUE(are_equal("large", "copy"));
    EXPECT_TRUE(eventually([&] { return partials().empty() && journals().empty(); }));
  }
}

TEST_F(ProgramsFilesFaults, KilledRelayIsWaitedForAndTheTransferGoesOn) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  put_random("large", kLarge);
  for (const bool push : {true, false}) {
    auto call = start_half(push);
    relay_->signal(SIGKILL);
    relay_->wait();
    EXPECT_FALSE(exists("copy"));
    ASSERT_NO_FATAL_FAILURE(start_relay());
    ASSERT_EQ(call.child.wait(Seconds(60)), 0) << contents(call.err);
    EXPECT_GT(number(contents(call.out), "attempts"), 1u);
    EXPECT_LT(number(contents(call.out), "bytes"), (kLarge + 16) * kMebibyte);
    EXPECT_TRUE(are_equal("large", "copy"));
    expect_no_litter();
  }
}

TEST_F(ProgramsFilesFaults, WithoutResumeACutIsTheEndAndLeavesNothing) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  put_random("large", kLarge);
  for (const bool push : {true, false}) {
    auto arguments = line(push);
    arguments.push_back("--no-resume");
    auto call = start("rsctl", arguments);
    ASSERT_TRUE(grows_to(kSeen));
    agent("box").signal(push ? SIGTERM : SIGKILL);
    EXPECT_EQ(call.child.wait(), 34) << contents(call.err);
    EXPECT_TRUE(eventually([&] { return partials().empty(); }));
    EXPECT_FALSE(exists("copy"));
    agent("box").wait();
    forget_agent("box");
    ASSERT_NO_FATAL_FAILURE(start_agent("box"));
  }
  expect_no_litter();
}

TEST_F(ProgramsFilesFaults, NothingOutsideOfTheRootsIsReached) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  put("srv/file", "inside");
  put("srv2/file", "outside");
  std::filesystem::create_directory_symlink("../srv2", in_room("srv/out"));
  std::filesystem::create_symlink("../srv2/file", in_room("srv/out-file"));
  ASSERT_NO_FATAL_FAILURE(set_policy("allow: [files]\nfiles:\n  roots: [" + in_room("srv") + "]\n"));
  put("mine", "mine");
  for (const std::string at : {"srv2", "srv/out", "srv/../srv2", ""}) {
    refused({"push", in_room("mine"), remote(at + "/new")}, 5, "forbidden");
    refused({"pull", remote(at + "/file"), in_room("pulled")}, 5, "forbidden");
    refused({"ls", remote(at + "/")}, 5, "forbidden");
    refused({"cat", remote(at + "/file")}, 5, "forbidden");
    refused({"stat", remote(at + "/file")}, 5, "forbidden");
    refused({"rm", remote(at + "/file")}, 5, "forbidden");
  }
  EXPECT_EQ(got("srv2/file"), "outside");
  EXPECT_FALSE(exists("pulled") || exists("srv2/new") || exists("new"));
  put("tree/out/new", "a directory where the other side has a link out");
  refused({"push", "-r", in_room("tree/."), remote("srv")}, 7, "conflict");
  EXPECT_FALSE(exists("srv2/new"));
  // Inside all goes, and a link is only a link.
  good({"push", in_room("mine"), remote("srv")});
  EXPECT_EQ(good({"cat", remote("srv/file")}).out, "inside");
  EXPECT_EQ(field(good({"stat", remote("srv/out-file"), "-o", "json"}).out, "type"), "symlink");
  EXPECT_NE(rsctl({"cat", remote("srv/out-file")}).out, "outside");
  good({"pull", "-r", remote("srv"), in_room("pulled")});
  EXPECT_EQ(tree("pulled"), tree("srv"));
  good({"rm", remote("srv/out-file")});
  EXPECT_EQ(got("srv2/file"), "outside");
}

TEST_F(ProgramsFilesFaults, TheAgentsOwnFilesAreOutOfReach) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  put("mine", "mine");
  std::filesystem::create_directory_symlink(path("box"), in_room("way"));
  const auto before = contents(path("box.yaml"));
  for (const auto& own : {path("box"), in_room("way")}) {
    refused({"push", in_room("mine"), "box:" + own + "/identity"}, 5, "forbidden");
    refused({"pull", "-r", "box:" + own + "/", in_room("pulled")}, 5, "forbidden");
    refused({"ls", "box:" + own}, 5, "forbidden");
    refused({"cat", "box:" + own + "/audit.jsonl"}, 5, "forbidden");
    refused({"stat", "box:" + own + "/audit.jsonl"}, 5, "forbidden");
    refused({"rm", "-r", "box:" + own + "/audit.jsonl"}, 5, "forbidden");
  }
  for (const auto& own : {path("box.yaml"), path("box")}) {
    refused({"push", in_room("mine"), "box:" + own}, 5, "forbidden");
    refused({"pull", "-r", "box:" + own, in_room("pulled")}, 5, "forbidden");
    refused({"rm", "-r", "box:" + own}, 5, "forbidden");
  }
  EXPECT_EQ(contents(path("box.yaml")), before);
  for (const auto* proc : {"box:/proc/self/environ", "box:/proc/self/root/etc/passwd", "box:/proc/1/cmdline"}) {
    const auto denied = rsctl({"cat", proc});
    EXPECT_EQ(denied.exit_code, 5) << proc << denied.err;
    EXPECT_EQ(denied.out, "");
  }
  EXPECT_FALSE(exists("pulled"));
}

// Never with the machine's own devices: a failure would take them away.
TEST_F(ProgramsFilesFaults, DevicesStayAsTheyAre) {
  std::filesystem::create_directories(in_room("dev"));
  if (::mknod(in_room("dev/zero").c_str(), S_IFCHR | 0666, makedev(1, 5)) != 0) GTEST_SKIP() << "may not make a device";
  ASSERT_NO_FATAL_FAILURE(start_all());
  put("tree/zero", "0");
  refused({"push", in_room("tree/zero"), remote("dev/zero")}, 9, "unsupported");
  refused({"push", in_room("tree/zero"), remote("dev")}, 9, "unsupported");
  refused({"push", "-r", in_room("tree/."), remote("dev")}, 9, "unsupported");
  refused({"push", "-", remote("dev/zero")}, 9, "unsupported", "0");
  refused({"pull", remote("tree/zero"), in_room("dev/zero")}, 9, "unsupported");
  refused({"pull", remote("tree/zero"), in_room("dev")}, 9, "unsupported");
  refused({"pull", remote("dev/zero"), in_room("pulled")}, 9, "unsupported");
  refused({"cat", remote("dev/zero")}, 9, "unsupported");
  refused({"rm", "-rf", remote("dev/zero")}, 9, "unsupported");
  refused({"rm", "-r", remote("dev")}, 9, "unsupported");
  EXPECT_TRUE(S_ISCHR(status("dev/zero").st_mode));
  EXPECT_EQ(field(good({"stat", remote("dev/zero"), "-o", "json"}).out, "type"), "device");
  expect_no_litter();
}

TEST_F(ProgramsFilesFaults, ATreeThatHoldsTheAgentsFilesComesWithoutThem) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  std::filesystem::create_directories(path("below/x"));
  write("below/x/file", "x");
  const auto result = refused({"pull", "-r", "box:" + dir.string(), in_room("pulled")}, 5, "forbidden");
  EXPECT_NE(result.err.find(path("box")), std::string::npos) << result.err;
  EXPECT_EQ(got("pulled/below/x/file"), "x");
  EXPECT_EQ(got("pulled/org-root.jwk"), contents(path("org-root.jwk")));
  EXPECT_FALSE(exists("pulled/box/audit.jsonl") || exists("pulled/box/agentd.sock") || exists("pulled/box.yaml"));
  EXPECT_EQ(rsctl({"rm", "-r", "box:" + dir.string()}).exit_code, 5); // its own output is gone too
  EXPECT_TRUE(std::filesystem::exists(path("box/audit.jsonl")) && std::filesystem::exists(path("box.yaml")));
}

TEST_F(ProgramsFilesFaults, AFullTargetIsToldBeforeAnythingIsWritten) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  ASSERT_NO_FATAL_FAILURE(mount_small());
  if (IsSkipped()) return;
  put_random("large", 16);
  for (const auto& line : {std::vector<std::string>{"push", in_room("large"), remote("small/copy")},
                           std::vector<std::string>{"pull", remote("large"), in_room("small/copy")}}) {
    const auto full = refused(line, 35, "no-space");
    EXPECT_NE(full.err.find("small"), std::string::npos) << full.err;
    EXPECT_TRUE(std::filesystem::is_empty(in_room("small")));
  }
  // Where the size is not known it is told when the disk is full.
  refused({"push", "-", remote("small/copy")}, 35, "no-space", contents(in_room("large")));
  EXPECT_TRUE(eventually([&] { return std::filesystem::is_empty(in_room("small")); }));
  EXPECT_EQ(std::filesystem::space(in_room("small")).free, std::uint64_t(4 * kMebibyte)); // nor does anybody hold it open
  EXPECT_EQ(journals(), std::vector<std::string>());
}

TEST_F(ProgramsFilesFaults, AReadOnlyTargetIsPermission) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  ASSERT_NO_FATAL_FAILURE(mount_small());
  if (IsSkipped()) return;
  put("one", "1");
  put("small/there", "there");
  ASSERT_EQ(::mount("none", in_room("small").c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=4m"), 0);
  refused({"push", in_room("one"), remote("small/one")}, 35, "permission");
  refused({"pull", remote("one"), in_room("small/one")}, 35, "permission");
  refused({"rm", remote("small/there")}, 35, "permission");
  EXPECT_EQ(good({"cat", remote("small/there")}).out, "there");
  expect_no_litter();
}

// Each version is one byte, all over. It is written in small pieces, and reading takes longer than a tick of the time stamps.
TEST_F(ProgramsFilesFaults, AFileThatIsRewrittenIsOneVersionOrAConflict) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  constexpr std::size_t kSize = 24 * kMebibyte;
  constexpr std::size_t kPiece = 64 << 10;
  put("changing", std::string(kSize, 'a'));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    const int file = ::open(in_room("changing").c_str(), O_WRONLY);
    for (std::size_t n = 0; !stop; ++n) {
      const std::string piece(kPiece, static_cast<char>('b' + n * kPiece / kSize % 20));
      (void)!::pwrite(file, piece.data(), piece.size(), static_cast<off_t>(n * kPiece % kSize));
    }
    ::close(file);
  });
  for (const bool push : {true, false}) {
    const auto done = rsctl({"-o", "json", push ? "push" : "pull", push ? in_room("changing") : remote("changing"),
                             push ? remote("copy") : in_room("copy")});
    EXPECT_TRUE(done.exit_code == 0 || (done.exit_code == 7 && field(done.err, "code") == "conflict")) << done.err;
    const auto copy = exists("copy") ? got("copy") : std::string(kSize, 'a');
    EXPECT_EQ(copy.size(), kSize);
    EXPECT_EQ(copy.find_first_not_of(copy[0]), std::string::npos) << "a mixture";
  }
  stop = true;
  writer.join();
  expect_no_litter();
}

TEST_F(ProgramsFilesFaults, AFileThatIsReplacedIsAlwaysOneVersion) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  constexpr std::size_t kSize = 4 * kMebibyte;
  put("changing", std::string(kSize, 'a'));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (std::size_t n = 0; !stop; ++n) {
      put("next", std::string(kSize, static_cast<char>('b' + n % 20)));
      std::filesystem::rename(in_room("next"), in_room("changing"));
    }
  });
  for (const bool push : {true, false, true, false}) {
    good({push ? "push" : "pull", push ? in_room("changing") : remote("changing"), push ? remote("copy") : in_room("copy")});
    const auto copy = got("copy");
    EXPECT_EQ(copy.size(), kSize);
    EXPECT_EQ(copy.find_first_not_of(copy[0]), std::string::npos) << "a mixture";
  }
  stop = true;
  writer.join();
  expect_no_litter();
}

TEST_F(ProgramsFilesFaults, AFileThatOnlyGrowsArrivesAsItWas) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  put("log", std::string(1 << 20, 'x'));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    std::ofstream file(in_room("log"), std::ios::app);
    while (!stop) file << std::string(1000, 'x') << std::flush;
  });
  for (const bool push : {true, false}) {
    good({push ? "push" : "pull", push ? in_room("log") : remote("log"), push ? remote("copy") : in_room("copy")});
    EXPECT_GE(std::filesystem::file_size(in_room("copy")), std::size_t(1 << 20));
    EXPECT_EQ(got("copy").find_first_not_of('x'), std::string::npos);
  }
  stop = true;
  writer.join();
}

TEST_F(ProgramsFilesFaults, TwentyAtOnceIntoOneDirectoryAllArrive) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  std::filesystem::create_directory(in_room("to"));
  std::vector<Started> calls;
  for (int i = 0; i < 20; ++i) {
    const auto name = "file" + std::to_string(i);
    put(name, std::string(100'000, static_cast<char>('a' + i)));
    calls.push_back(start("rsctl", {"push", in_room(name), remote("to")}));
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(calls[i].child.wait(Seconds(60)), 0) << contents(calls[i].err);
    EXPECT_TRUE(are_equal("file" + std::to_string(i), "to/file" + std::to_string(i)));
  }
  expect_no_litter();
}

TEST_F(ProgramsFilesFaults, TwoOfTheSameFileAtOnceLeaveItWhole) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  put_random("large", 32);
  for (const bool push : {true, false}) {
    std::filesystem::remove(in_room("copy"));
    Started calls[] = {start("rsctl", line(push)), start("rsctl", line(push))};
    for (auto& call : calls) EXPECT_EQ(call.child.wait(), 0) << contents(call.err);
    EXPECT_TRUE(are_equal("large", "copy"));
    expect_no_litter();
  }
}

} // namespace
} // namespace rs::test
