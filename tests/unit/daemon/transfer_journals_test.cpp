#include "daemon/transfer_journals.hpp"

#include "daemon/files.hpp"
#include "scratch_directory.hpp"

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
  // A cut transfer into target/, with a large and a small unfinished file.
  files::JournalRecord cut_record() const {
    std::filesystem::create_directories(target + "/deep/er");
    for (const auto* name : {"/deep/.rs-part-large", "/deep/er/.rs-part-0123456789abcdef-new", "/deep/done"}) touch(target + name);
    return {.begun = kBegun, .completed = 7, .boot = {}, .folder = target, .prefix = ".rs-part-0123456789abcdef-",
            .partials = {{target + "/deep", ".rs-part-large"}}};
  }

  ScratchDirectory scratch;
  std::string target = scratch / "target";
  std::string journals_in = scratch / "transfers";
  daemon::TransferJournals journals{journals_in};
};

TEST_F(TransferJournals, RememberATransferByItsKey) {
  ASSERT_TRUE(journals.open("one")->save(cut_record()));
  const auto again = journals.open("one")->load();
  EXPECT_EQ(again.completed, 7u);
  EXPECT_EQ(again.partials, cut_record().partials);
  EXPECT_EQ(again.begun, kBegun);
  EXPECT_TRUE(journals.open("two")->load().prefix.empty());
}

TEST_F(TransferJournals, LetOneAttemptAtATime) {
  auto first = journals.open("one");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(journals.open("one"), nullptr);
  EXPECT_NE(journals.open("two"), nullptr);
  first.reset();
  EXPECT_NE(journals.open("one"), nullptr);
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
  ASSERT_TRUE(journals.open("one")->save(cut_record()));
  for (const auto& name : names()) {
    if (name.ends_with(".json")) std::ofstream(journals_in + "/" + name) << "{\"completed\": \"seven\"";
  }
  EXPECT_EQ(journals.open("one")->load().completed, 0u);
  EXPECT_TRUE(journals.open("one")->load().prefix.empty());
}

TEST_F(TransferJournals, AfterARebootOnlyWhatAHashProvesCounts) {
  ASSERT_TRUE(journals.open("one")->save(cut_record()));
  for (const auto& name : names()) {
    if (!name.ends_with(".json")) continue;
    auto record = describe::from_json<files::JournalRecord>(as_text(daemon::read_file(journals_in + "/" + name, 10'000).value()),
                                                            describe::Unknown::refuse)
                      .value();
    record.boot = "another";
    std::ofstream(journals_in + "/" + name) << describe::to_json(record);
  }
  const auto after = journals.open("one")->load();
  EXPECT_EQ(after.completed, 0u);
  EXPECT_EQ(after.partials.size(), 1u);
}

TEST_F(TransferJournals, ArePrivateAndForgetWithWhatIsUnfinished) {
  auto journal = journals.open("one");
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
  ASSERT_TRUE(journals.open("old")->save(cut_record()));
  journals.sweep(kBegun + daemon::kKeepTransfers - Millis(1));
  EXPECT_TRUE(exists(target + "/deep/.rs-part-large"));
  const auto running = journals.open("old");
  journals.sweep(kBegun + daemon::kKeepTransfers);
  EXPECT_TRUE(exists(target + "/deep/.rs-part-large")) << "an attempt runs";
}

TEST_F(TransferJournals, SweepTakesAllThatAKilledTransferLeft) {
  ASSERT_TRUE(journals.open("old")->save(cut_record()));
  touch(target + "/deep/.rs-part-fedcba9876543210-new"); // another transfer's
  journals.sweep(kBegun + daemon::kKeepTransfers);
  EXPECT_FALSE(exists(target + "/deep/.rs-part-large"));
  EXPECT_FALSE(exists(target + "/deep/er/.rs-part-0123456789abcdef-new"));
  EXPECT_TRUE(exists(target + "/deep/.rs-part-fedcba9876543210-new"));
  EXPECT_TRUE(exists(target + "/deep/done"));
  EXPECT_EQ(names(), std::vector<std::string>());
}

TEST_F(TransferJournals, ARecordThatNamesOtherFilesRemovesNone) {
  auto record = cut_record();
  record.prefix = "d";
  record.partials = {{target + "/deep", "done"}};
  ASSERT_TRUE(journals.open("forged")->save(record));
  journals.sweep(kBegun + daemon::kKeepTransfers);
  EXPECT_TRUE(exists(target + "/deep/done"));
  EXPECT_EQ(names(), std::vector<std::string>());
}

TEST_F(TransferJournals, WithoutADirectoryATransferGoesWithoutThem) {
  touch(scratch / "file");
  EXPECT_EQ(daemon::TransferJournals(scratch / "file/transfers").open("one"), nullptr);
  daemon::TransferJournals(scratch / "none").sweep(kBegun);
  EXPECT_FALSE(exists(scratch / "none"));
}

} // namespace
