#include "cli/commands/transfer_report.hpp"
#include "cli/options.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using cli::commands::TransferReport;

files::Failure failure(std::string path, Errc code, std::string message) { return {OsString(path), code, std::move(message)}; }

Result<files::Compress> compress(const std::string& line) {
  const auto arguments = cli::parse_options(cli::find_verb(cli::split_list(line, ' ')));
  return arguments ? cli::commands::compress_option(*arguments) : arguments.error();
}

TEST(CliTransferReport, CountsOfBothEndsAreOneReport) {
  files::TransferCounts receiver;
  receiver.files = 3;
  receiver.bytes = 30;
  receiver.present = 1;
  receiver.failed = 1;
  receiver.failures = {failure("/to", Errc::permission, "no")};
  files::TransferCounts sender;
  sender.files = 9;
  sender.skipped = 2;
  sender.failed = 2;
  sender.failures = {failure("/from", Errc::not_found, "gone")};
  cli::TransferOutcome outcome;
  outcome.moved = 77;
  outcome.attempts = 4;
  const auto report = cli::commands::transfer_report(receiver, sender, outcome);
  EXPECT_EQ(report.files, 3u) << "what was made counts";
  EXPECT_EQ(report.bytes, 77u);
  EXPECT_EQ(report.present, 1u);
  EXPECT_EQ(report.skipped, 2u);
  EXPECT_EQ(report.failed, 3u);
  EXPECT_EQ(report.attempts, 4u);
  ASSERT_EQ(report.failures.size(), 2u);
  EXPECT_EQ(report.failures[0].path.bytes, "/from");
}

TEST(CliTransferReport, TheFirstFailureIsTheErrorAndSaysHowManyThereWere) {
  TransferReport report;
  report.failed = 3;
  report.failures = {failure("/a", Errc::conflict, "changed while it was read"), failure("/b", Errc::io, "x")};
  const auto error = cli::commands::first_failure(report);
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_EQ(error.message, "/a: changed while it was read (the first of 3 that failed)");
}

TEST(CliTransferReport, AFailureNamesItsPathOnce) {
  TransferReport report;
  report.failed = 1;
  report.failures = {failure("/a", Errc::not_found, "/a: No such file or directory")};
  EXPECT_EQ(cli::commands::first_failure(report).message, "/a: No such file or directory");
  report.failures.clear(); // the other end named none
  EXPECT_EQ(cli::commands::first_failure(report).code, Errc::io);
}

TEST(CliTransferReport, AResumeKeyTellsEveryPartFromEveryOther) {
  using Parts = std::vector<std::string>;
  const Parts parts[] = {{"push", "/a", "/b"}, {"push", "/a/b"},         {"push", "/a", "/", "b"}, {"push", "/b", "/a"},
                         {"pull", "/a", "/b"}, {"push", "/a", "/b", ""}, {"push2", ":/a/b"}};
  std::set<std::string> keys;
  for (const auto& each : parts) keys.insert(cli::commands::resume_key(each));
  EXPECT_EQ(keys.size(), std::size(parts));
  EXPECT_EQ(cli::commands::resume_key(parts[0]), cli::commands::resume_key({"push", "/a", "/b"}));
  EXPECT_EQ(keys.begin()->size(), 64u);
}

TEST(CliTransferReport, CompressionIsOneOfThreeWords) {
  EXPECT_EQ(compress("push a box:b").value(), files::Compress::auto_);
  EXPECT_EQ(compress("push a box:b --compress auto").value(), files::Compress::auto_);
  EXPECT_EQ(compress("push a box:b --compress never").value(), files::Compress::never);
  EXPECT_EQ(compress("pull box:b a --compress=zstd").value(), files::Compress::zstd);
  EXPECT_EQ(compress("push a box:b --compress lots").error().code, Errc::usage);
}

} // namespace
