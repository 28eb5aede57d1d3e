#include "support/transfer_scene.hpp"

namespace rs::test {
namespace {

constexpr std::uint64_t kMega = 1 << 20;

struct Fault : testing::Test {
  TransferScene scene;
  void SetUp() override { prepare(scene); }
  static void prepare(TransferScene& scene) {
    auto& disk = scene.source;
    disk.add_file("tree/a/small", "small");
    disk.add_file("tree/b", random_text(kMega + 777));
    disk.add_hard_link("tree/b", "tree/c/again");
    disk.add_symlink("tree/c/link", "../b");
    disk.add_hole("tree/e", 2 * kMega);
    scene.sources = {{"tree", "tree"}};
    scene.frame = files::kMaxFrame;
  }
  static void expect_nothing_half(TransferScene& scene) {
    for (const auto& path : scene.target.names()) {
      if (scene.target.stat(path).type != files::FileType::regular || path.find(files::kPartialPrefix) != path.npos) continue;
      EXPECT_TRUE(scene.target.content(path) == scene.source.content(path.substr(4))) << path;
    }
  }
  // Each failure says where.
  static void expect_paths(const std::vector<files::Failure>& failures, std::string_view above) {
    for (const auto& failure : failures) EXPECT_TRUE(failure.path.bytes.starts_with(above)) << failure.path.bytes;
  }
};

// The nth call of the target fails; another attempt then has to mend it.
void each_call_of_the_target_fails(bool empty) {
  std::uint64_t calls = 1;
  for (const auto code : {Errc::io, Errc::no_space, Errc::permission}) {
    for (std::uint64_t at = 1; at <= calls; ++at) {
      SCOPED_TRACE(std::string(rs::name(code)) + " at call " + std::to_string(at) + " of " + std::to_string(calls));
      TransferScene scene;
      Fault::prepare(scene);
      if (!empty) ASSERT_TRUE(scene.attempt().how);
      const auto before = scene.target.calls();
      scene.target.fail_call(at, code);
      const auto out = scene.attempt();
      calls = std::max(calls, scene.target.calls() - before);
      Fault::expect_nothing_half(scene);
      Fault::expect_paths(out.received.failures, "/dst");
      if (!out.how) EXPECT_NE(out.how.error().message.find("fails as the test says"), std::string::npos);
      ASSERT_TRUE(scene.attempt().how);
      scene.expect_whole("tree", "tree");
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST_F(Fault, AFailingCallOfAnEmptyTargetIsMendedByTheNextAttempt) { each_call_of_the_target_fails(true); }
TEST_F(Fault, AFailingCallOfATargetThatIsReplacedIsMendedByTheNextAttempt) { each_call_of_the_target_fails(false); }

// Of the same size and time, as a probe sees it, but with other bytes.
TEST_F(Fault, AnOlderFileIsNeverTakenForTheOneThatFailedToCome) {
  std::uint64_t calls = 1;
  for (std::uint64_t at = 1; at <= calls; ++at) {
    SCOPED_TRACE("io at call " + std::to_string(at));
    TransferScene one;
    one.source.add_file("tree/b", random_text(kMega + 777));
    one.source.add_file("tree/c", "bytes");
    one.target.add_file("dst/tree/b", random_text(kMega + 777, 2));
    one.target.add_file("dst/tree/c", "other");
    for (const auto* name : {"b", "c"}) {
      auto file = one.target.directory("dst/tree")->reopen_file(name).value();
      ASSERT_TRUE(file->set({.mode = 0644, .modified = one.source.stat("tree/b").modified, .owner = {}, .attributes = {}}));
    }
    one.sources = scene.sources;
    one.frame = scene.frame;
    const auto before = one.target.calls();
    one.target.fail_call(at, Errc::io);
    one.attempt();
    calls = std::max(calls, one.target.calls() - before);
    ASSERT_TRUE(one.attempt().how);
    one.expect_whole("tree", "tree");
    if (HasFailure()) return;
  }
}

TEST_F(Fault, AFailingCallOfTheSourceFailsOneEntryAndTheRestArrives) {
  const auto before = scene.source.calls();
  ASSERT_TRUE(scene.attempt().how);
  const auto calls = scene.source.calls() - before;
  for (const auto code : {Errc::io, Errc::no_space, Errc::permission}) {
    for (std::uint64_t at = 1; at <= calls; ++at) {
      SCOPED_TRACE(std::string(rs::name(code)) + " at call " + std::to_string(at));
      scene.source.fail_call(at, code);
      const auto out = scene.attempt();
      EXPECT_TRUE(out.how);
      EXPECT_LE(out.sent.failed, 2u);
      expect_paths(out.sent.failures, "tree");
      for (const auto& failure : out.sent.failures) EXPECT_EQ(failure.code, code) << failure.message;
      expect_nothing_half(scene);
      scene.expect_tidy();
      if (HasFailure()) return;
    }
  }
}

// What happens to the source in front of its nth read, and what becomes of the file.
struct Change {
  const char* name;
  std::function<void(MemoryDisk&)> change;
  bool arrives;
};

TEST_F(Fault, ASourceThatChangesWhileItIsRead) {
  const auto old = random_text(kMega + 777);
  const std::vector<Change> changes = {
      {"shrinks", [](MemoryDisk& disk) { disk.add_file("tree/b", random_text(1000)); }, false},
      {"vanishes", [](MemoryDisk& disk) { disk.remove("tree/b"); }, true},
      {"is appended to", [&](MemoryDisk& disk) { disk.add_file("tree/b", old + "more"); }, true},
      {"is rewritten", [](MemoryDisk& disk) { disk.add_file("tree/b", random_text(kMega + 777, 9)); }, false},
      {"is emptied", [](MemoryDisk& disk) { disk.add_file("tree/b", ""); }, false},
  };
  for (const auto& [what, change, arrives] : changes) {
    for (int nth = 1; nth <= 5; ++nth) {
      SCOPED_TRACE(std::string(what) + " at read " + std::to_string(nth));
      TransferScene one;
      one.source.add_file("tree/b", old);
      one.source.add_file("tree/c", "after it");
      one.sources = scene.sources;
      one.frame = scene.frame;
      one.source.before_call = [&, left = nth](std::string_view call, const std::string& path) mutable {
        if (call != "read" || path != "tree/b" || --left != 0) return;
        ++one.source.now.seconds;
        change(one.source);
      };
      const auto out = one.attempt();
      ASSERT_TRUE(out.how);
      EXPECT_EQ(one.target.exists("dst/tree/b"), arrives);
      if (arrives) EXPECT_TRUE(one.target.content("dst/tree/b") == old);
      EXPECT_EQ(out.sent.failed, arrives ? 0u : 1u);
      EXPECT_EQ(one.target.content("dst/tree/c"), "after it");
      one.expect_tidy();
    }
  }
}

TEST_F(Fault, AFileThatIsGoneBeforeItIsOpenedIsNamed) {
  scene.source.before_call = [&](std::string_view call, const std::string& path) {
    if (call == "open_file" && path == "tree/a/small" && scene.source.exists(path)) scene.source.remove(path);
  };
  const auto out = scene.attempt();
  ASSERT_EQ(out.sent.failed, 1u);
  EXPECT_EQ(out.sent.failures[0].path.bytes, "tree/a/small");
  EXPECT_EQ(out.sent.failures[0].code, Errc::not_found);
  EXPECT_TRUE(scene.target.exists("dst/tree/b"));
}

TEST_F(Fault, AFileThatMayNotBeReadIsNamedAndTheRestArrives) {
  scene.source.add_file("tree/a/small", "secret", 0000);
  const auto out = scene.attempt();
  ASSERT_TRUE(out.how);
  ASSERT_EQ(out.sent.failed, 1u);
  EXPECT_EQ(out.sent.failures[0].code, Errc::permission);
  EXPECT_EQ(out.received.links, 2u);
}

TEST_F(Fault, AllFailuresAreCountedAndTheFirstAreNamed) {
  for (int i = 0; i < 100; ++i) scene.source.add_file("tree/x" + std::to_string(i), "", 0000);
  const auto out = scene.attempt();
  EXPECT_EQ(out.sent.failed, 100u);
  EXPECT_EQ(out.sent.failures.size(), files::kMaxFailures);
}

TEST_F(Fault, ANewTreeThatIsTooLargeIsRefusedBeforeTheFirstByte) {
  scene.name = "new";
  scene.target.capacity = kMega;
  const auto out = scene.attempt();
  ASSERT_FALSE(out.how);
  EXPECT_EQ(out.how.error().code, Errc::no_space);
  EXPECT_TRUE(out.how.error().message.starts_with("/dst: ")) << out.how.error().message;
  EXPECT_EQ(out.received.bytes, 0u);
  EXPECT_EQ(scene.target.names(), std::vector<std::string>{"dst"});
  EXPECT_EQ(scene.litter(), std::vector<std::string>());
}

// It may replace more than it adds, a file at a time.
TEST_F(Fault, ATreeThatReplacesAnotherNeedsNoSpaceForBoth) {
  ASSERT_TRUE(scene.attempt().how);
  scene.target.capacity = scene.target.used() + 5 * kMega;
  EXPECT_TRUE(scene.attempt().how);
}

TEST_F(Fault, HolesAndFurtherNamesOfAFileNeedNoSpace) {
  scene.source.add_hole("tree/huge", 50 * kMega);
  for (int i = 0; i < 10; ++i) scene.source.add_hard_link("tree/b", "tree/name" + std::to_string(i));
  scene.target.capacity = 2 * kMega;
  ASSERT_TRUE(scene.attempt().how);
  scene.expect_whole("tree", "tree");
}

TEST_F(Fault, ATargetThatFillsUpEndsTheTransferAndGoesOnWhenThereIsRoom) {
  scene.target.before_call = [&, writes = 0](std::string_view call, const std::string&) mutable {
    if (call == "write" && ++writes == 5) scene.target.capacity = scene.target.used();
  };
  const auto out = scene.attempt();
  ASSERT_FALSE(out.how);
  EXPECT_EQ(out.how.error().code, Errc::no_space);
  EXPECT_NE(out.how.error().message.find("/dst/tree/b"), std::string::npos) << out.how.error().message;
  expect_nothing_half(scene);
  scene.target.capacity = 100 * kMega;
  ASSERT_TRUE(scene.attempt().how);
  scene.expect_whole("tree", "tree");
}

TEST_F(Fault, AReadOnlyTargetTakesNothingAndSaysSo) {
  scene.target.read_only = true;
  const auto out = scene.attempt();
  EXPECT_TRUE(!out.how || out.received.failed > 0);
  if (out.how) {
    EXPECT_EQ(out.received.failures.at(0).code, Errc::permission);
    EXPECT_EQ(out.received.failures.at(0).path.bytes, "/dst/tree");
  }
  EXPECT_EQ(scene.target.names(), std::vector<std::string>{"dst"});
}

TEST_F(Fault, ADirectoryInPlaceOfAFileStaysAndIsNamed) {
  scene.target.add_file("dst/tree/b/inner", "kept");
  scene.target.add_file("dst/tree/c/link/inner", "kept");
  const auto out = scene.attempt();
  ASSERT_TRUE(out.how);
  ASSERT_EQ(out.received.failed, 3u); // and the hard link to tree/b
  EXPECT_EQ(out.received.failures[0].path.bytes, "/dst/tree/b");
  EXPECT_EQ(out.received.failures[0].code, Errc::conflict);
  EXPECT_EQ(scene.target.content("dst/tree/b/inner"), "kept");
  EXPECT_TRUE(scene.target.exists("dst/tree/e"));
  scene.expect_tidy();
}

TEST_F(Fault, AFileInPlaceOfADirectoryStaysAndIsNamed) {
  scene.target.add_file("dst/tree/a", "kept");
  const auto out = scene.attempt();
  ASSERT_EQ(out.received.failed, 1u);
  EXPECT_EQ(out.received.failures[0].path.bytes, "/dst/tree/a");
  EXPECT_EQ(scene.target.content("dst/tree/a"), "kept");
  scene.expect_tidy();
}

TEST_F(Fault, ALinkInPlaceOfADirectoryIsNotFollowed) {
  scene.target.add_directory("outside");
  scene.target.add_symlink("dst/tree/a", "../../outside");
  scene.target.add_symlink("dst/tree/c", "../../outside");
  const auto out = scene.attempt();
  EXPECT_EQ(out.received.failed, 2u);
  for (const auto& path : scene.target.names()) EXPECT_FALSE(path.starts_with("outside/")) << path;
}

TEST_F(Fault, ALinkInPlaceOfAFileIsReplacedAndNotWrittenThrough) {
  scene.target.add_file("outside", "kept");
  scene.target.add_symlink("dst/tree/b", "../../outside");
  ASSERT_TRUE(scene.attempt().how);
  EXPECT_EQ(scene.target.content("outside"), "kept");
  scene.expect_whole("tree", "tree");
}

TEST_F(Fault, VerifyFindsAByteThatTheDiskChanged) {
  scene.options.verify = true;
  scene.target.before_call = [&, done = false](std::string_view call, const std::string& path) mutable {
    if (call != "read" || scene.target.stat(path).size != kMega + 777 || std::exchange(done, true)) return;
    auto content = scene.target.content(path);
    content[kMega] ^= 1;
    scene.target.add_file(path, content, 0600);
  };
  const auto out = scene.attempt();
  EXPECT_GE(out.received.failed, 1u);
  EXPECT_EQ(out.received.failures.at(0).code, Errc::hash_mismatch);
  EXPECT_EQ(out.received.failures.at(0).path.bytes, "/dst/tree/b");
}

TEST_F(Fault, VerifyCountsHolesAsZeros) {
  scene.options.verify = true;
  EXPECT_EQ(scene.attempt().received.failed, 0u);
  scene.expect_whole("tree", "tree");
}

TEST_F(Fault, VerifyWorksAcrossAResume) {
  scene.options.verify = true;
  scene.options.compress = files::Compress::never;
  scene.source.add_file("tree/b", random_text(3 * kMega));
  ASSERT_TRUE(scene.attempt(8).cut);
  const auto out = scene.attempt();
  EXPECT_EQ(out.received.failed, 0u);
  EXPECT_LT(out.sent.bytes, 3 * kMega);
  scene.expect_whole("tree", "tree");
}

} // namespace
} // namespace rs::test
