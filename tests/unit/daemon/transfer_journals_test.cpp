#include "daemon/transfer_journals.hpp"

#include "daemon/files.hpp"
#include "files/limits.hpp"
#include "scratch_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <thread>

namespace {

using namespace rs;
using daemon::ScratchDirectory;

constexpr WallTime kBegun{std::chrono::hours(24 * 365 * 50)};

struct TransferJournals : testing::Test {
  void touch(const std::string& path) const { std::ofstream(path) << "x"; }
  bool exists(const std::string& path) const { return std::filesystem::exists(path); }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(journals_in)) out.push_back(entry.path().filename());
    return out;
  }
  // Null where another attempt holds it.
  std::unique_ptr<files::Journal> opened(const std::string& key) const {
    auto journal = journals.open(key, never, Millis(0));
    if (!journal) EXPECT_EQ(journal.error().code, Errc::conflict);
    return journal ? std::move(*journal) : nullptr;
  }
  void set_age(const std::string& path, WallTime written) const {
    const struct timespec time{.tv_sec = to_unix_seconds(written), .tv_nsec = 0};
    const struct timespec times[] = {time, time};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }
  // A cut transfer into target/, with a large and a small unfinished file.
  files::JournalRecord cut_record() const {
    std::filesystem::create_directories(target + "/deep/er");
    for (const auto* name : {"/deep/.rs-part-large", "/deep/er/.rs-part-0123456789abcdef-new", "/deep/done"})
      touch(target + name);
    return {.begun = kBegun,
            .completed = 7,
            .boot = {},
            .folder = target,
            .prefix = ".rs-part-0123456789abcdef-",
            .partials = {{target + "/deep", ".rs-part-large"}}};
  }

  const std::atomic<bool> never{false};
  ScratchDirectory scratch;
  std::string target = scratch / "target";
  std::string journals_in = scratch / "transfers";
  daemon::TransferJournals journals{journals_in};
};

TEST_F(TransferJournals, RememberATransferByItsKey) {
  ASSERT_TRUE(opened("one")->save(cut_record()));
  const auto again = opened("one")->load();
  EXPECT_EQ(again.completed, 7u);
  EXPECT_EQ(again.partials, cut_record().partials);
  EXPECT_EQ(again.begun, kBegun);
  EXPECT_TRUE(opened("two")->load().prefix.empty());
}

TEST_F(TransferJournals, LetOneAttemptAtATime) {
  auto first = opened("one");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(opened("one"), nullptr);
  EXPECT_NE(opened("two"), nullptr);
  first.reset();
  EXPECT_NE(opened("one"), nullptr);
}

TEST_F(TransferJournals, SayWhereAnAttemptHasBegunThatStillRuns) {
  const auto running = opened("one");
  EXPECT_TRUE(journals.peek("one").folder.bytes.empty());
  ASSERT_TRUE(running->save(cut_record()));
  EXPECT_EQ(journals.peek("one").folder.bytes, target);
  EXPECT_TRUE(journals.peek("two").folder.bytes.empty());
}

TEST_F(TransferJournals, WaitForAnAttemptThatIsOnItsWayOut) {
  auto earlier = opened("one");
  std::promise<void> begun;
  std::thread leaving([&] {
    begun.get_future().wait();
    earlier.reset();
  });
  begun.set_value();
  EXPECT_NE(*journals.open("one", never, Millis(30'000)), nullptr);
  leaving.join();
}

// Who waited for a lock whose file is gone by then must not believe that it is alone.
TEST_F(TransferJournals, ALockIsThatOfTheFileThatIsThere) {
  const auto path = scratch / "lock";
  auto held = std::make_optional(daemon::FileLock::acquire(path).value());
  std::promise<daemon::FileLock> got;
  std::thread waiter([&] { got.set_value(daemon::FileLock::acquire(path).value()); });
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  const auto waits = [mark = ":" + std::to_string(status.st_ino) + " "] {
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
      if (line.find("-> FLOCK") != std::string::npos && line.find(mark) != std::string::npos) return true;
    }
    return false;
  };
  while (!waits()) std::this_thread::yield();
  std::filesystem::remove(path);
  held.reset();
  const auto lock = got.get_future().get();
  waiter.join();
  EXPECT_EQ(daemon::FileLock::try_acquire(path).error().code, Errc::conflict);
}

TEST_F(TransferJournals, TakeAnUnreadableRecordForNone) {
  ASSERT_TRUE(opened("one")->save(cut_record()));
  for (const auto& name : names()) {
    if (name.ends_with(".json")) std::ofstream(journals_in + "/" + name) << "{\"completed\": \"seven\"";
  }
  EXPECT_EQ(opened("one")->load().completed, 0u);
  EXPECT_TRUE(opened("one")->load().prefix.empty());
}

TEST_F(TransferJournals, AfterARebootOnlyWhatAHashProvesCounts) {
  ASSERT_TRUE(opened("one")->save(cut_record()));
  for (const auto& name : names()) {
    if (!name.ends_with(".json")) continue;
    auto record = describe::from_json<files::JournalRecord>(as_text(daemon::read_file(journals_in + "/" + name, 10'000).value()),
                                                            describe::Unknown::refuse)
                      .value();
    record.boot = "another";
    std::ofstream(journals_in + "/" + name) << describe::to_json(record);
  }
  const auto after = opened("one")->load();
  EXPECT_EQ(after.completed, 0u);
  EXPECT_EQ(after.partials.size(), 1u);
}

TEST_F(TransferJournals, ArePrivateAndForgetWithWhatIsUnfinished) {
  auto journal = opened("one");
  ASSERT_TRUE(journal->save(cut_record()));
  EXPECT_EQ(std::filesystem::status(journals_in).permissions(), std::filesystem::perms(0700));
  for (const auto& name : names())
    EXPECT_EQ(std::filesystem::status(journals_in + "/" + name).permissions(), std::filesystem::perms(0600)) << name;
  journal->forget();
  journal.reset();
  EXPECT_EQ(names(), std::vector<std::string>());
  EXPECT_FALSE(exists(target + "/deep/.rs-part-large"));
  EXPECT_TRUE(exists(target + "/deep/done"));
}

TEST_F(TransferJournals, SweepWhatIsADayOldAndNobodyHolds) {
  ASSERT_TRUE(opened("old")->save(cut_record()));
  journals.sweep(kBegun + daemon::kKeepTransfers - Millis(1));
  EXPECT_TRUE(exists(target + "/deep/.rs-part-large"));
  const auto running = opened("old");
  journals.sweep(kBegun + daemon::kKeepTransfers);
  EXPECT_TRUE(exists(target + "/deep/.rs-part-large")) << "an attempt runs";
}

TEST_F(TransferJournals, SweepTakesAllThatAKilledTransferLeft) {
  ASSERT_TRUE(opened("old")->save(cut_record()));
  touch(target + "/deep/.rs-part-fedcba9876543210-new"); // another transfer's
  journals.sweep(kBegun + daemon::kKeepTransfers);
  EXPECT_FALSE(exists(target + "/deep/.rs-part-large"));
  EXPECT_FALSE(exists(target + "/deep/er/.rs-part-0123456789abcdef-new"));
  EXPECT_TRUE(exists(target + "/deep/.rs-part-fedcba9876543210-new"));
  EXPECT_TRUE(exists(target + "/deep/done"));
  EXPECT_EQ(names(), std::vector<std::string>());
}

TEST_F(TransferJournals, AnAttemptThatPutNothingOnRecordLeavesNothing) {
  EXPECT_NE(opened("refused at once"), nullptr);
  EXPECT_EQ(names(), std::vector<std::string>());
  touch(journals_in + "/0123.lock"); // of one that was killed before it had a record
  journals.sweep(kBegun);
  EXPECT_EQ(names(), std::vector<std::string>());
}

TEST_F(TransferJournals, WhatCannotBeReadIsSweptByItsAge) {
  ASSERT_NE(opened("makes the directory"), nullptr);
  for (const auto* name : {"/0123.json", "/4567.json.Ab12Cd", "/8901.other.Ab12Cd"}) {
    touch(journals_in + name);
    set_age(journals_in + name, kBegun);
  }
  journals.sweep(kBegun + daemon::kKeepTransfers - Millis(1));
  EXPECT_EQ(names().size(), 3u);
  journals.sweep(kBegun + daemon::kKeepTransfers);
  EXPECT_EQ(names(), std::vector<std::string>{"8901.other.Ab12Cd"}) << "no name of ours";
}

TEST_F(TransferJournals, ARecordHoldsAsManyOfTheLongestFoldersAsThereMayBe) {
  auto record = cut_record();
  record.partials.assign(files::kMaxPartials, {});
  for (const auto* byte : {"\xff", "\x01", "f"}) {
    for (auto& partial : record.partials) {
      partial.folder.bytes.assign(files::kMaxPath, *byte);
      partial.name.bytes.assign(files::kMaxName, *byte);
    }
    ASSERT_TRUE(opened("one")->save(record));
    EXPECT_EQ(opened("one")->load().partials, record.partials);
  }
}

TEST_F(TransferJournals, WhoWaitsForAnotherAttemptCanBeStopped) {
  const auto running = opened("one");
  const std::atomic<bool> stopped{true};
  EXPECT_EQ(journals.open("one", stopped).error().code, Errc::interrupted);
  EXPECT_EQ(journals.open("one", never, Millis(0)).error().message, "another transfer of the same files to the same place runs");
  EXPECT_TRUE(journals.open("two", stopped)) << "nothing to wait for";
}

TEST_F(TransferJournals, AForgottenJournalDoesNotTouchTheNextOnes) {
  auto first = opened("one");
  first->forget();
  const auto second = opened("one");
  first.reset();
  EXPECT_EQ(opened("one"), nullptr) << "the second one holds it";
}

TEST_F(TransferJournals, ARecordThatNamesOtherFilesRemovesNone) {
  auto record = cut_record();
  record.prefix = "d";
  record.partials = {{target + "/deep", "done"}};
  ASSERT_TRUE(opened("forged")->save(record));
  journals.sweep(kBegun + daemon::kKeepTransfers);
  EXPECT_TRUE(exists(target + "/deep/done"));
  EXPECT_EQ(names(), std::vector<std::string>());
}

TEST_F(TransferJournals, WithoutADirectoryATransferGoesWithoutThem) {
  touch(scratch / "file");
  EXPECT_EQ(*daemon::TransferJournals(scratch / "file/transfers").open("one", never), nullptr);
  daemon::TransferJournals(scratch / "none").sweep(kBegun);
  EXPECT_FALSE(exists(scratch / "none"));
}

} // namespace
