#include "cli/progress.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;

BootTime at(std::int64_t milliseconds) { return BootTime(Millis(milliseconds)); }

TEST(CliProgress, BytesHaveThreeDigits) {
  const std::pair<std::uint64_t, std::string> cases[] = {{0, "0 B"},
                                                         {999, "999 B"},
                                                         {1'000, "1.00 kB"},
                                                         {9'994, "9.99 kB"},
                                                         {9'996, "10.0 kB"},
                                                         {99'949, "99.9 kB"},
                                                         {99'951, "100 kB"},
                                                         {999'499, "999 kB"},
                                                         {999'500, "1.00 MB"},
                                                         {1'020'000'000, "1.02 GB"},
                                                         {UINT64_MAX, "18.4 EB"}};
  for (const auto& [bytes, text] : cases) EXPECT_EQ(cli::format_bytes(bytes), text) << bytes;
}

TEST(CliProgress, TheRateIsThatOfTheLastSeconds) {
  files::Progress progress;
  cli::ProgressMeter meter(progress);
  EXPECT_EQ(meter.look(at(0)).bytes_per_second, 0u);
  for (int second = 1; second <= 20; ++second) {
    progress.bytes += second <= 10 ? 1'000 : 5'000;
    (void)meter.look(at(second * 1'000));
  }
  EXPECT_EQ(meter.look(at(20'000)).bytes_per_second, 5'000u);
  EXPECT_EQ(meter.look(at(60'000)).bytes_per_second, 0u) << "it stands still";
}

TEST(CliProgress, TheTimeLeftNeedsATotalAndARate) {
  files::Progress progress;
  cli::ProgressMeter meter(progress);
  EXPECT_FALSE(meter.look(at(0)).left);
  progress.bytes = 1'000;
  EXPECT_FALSE(meter.look(at(1'000)).left) << "no total";
  progress.total_files = 2;
  progress.total_bytes = 4'000;
  const auto view = meter.look(at(2'000));
  EXPECT_EQ(view.bytes_per_second, 500u);
  EXPECT_EQ(view.left, Millis(6'000));
}

TEST(CliProgress, ASourceThatGrewNeverIsOverAHundredPercent) {
  files::Progress progress;
  cli::ProgressMeter meter(progress);
  progress.total_files = 1;
  progress.total_bytes = 100;
  progress.files = 3;
  progress.bytes = 250;
  const auto view = meter.look(at(0));
  EXPECT_EQ(view.total_files, 3u);
  EXPECT_EQ(view.total_bytes, 250u);
  EXPECT_TRUE(cli::progress_line(view, 79).starts_with("100 %  250 B of 250 B  3 of 3 files")) << cli::progress_line(view, 79);
}

TEST(CliProgress, ALineSaysHowFarHowFastAndHowLong) {
  cli::ProgressView view{.files = 0,
                         .bytes = 430'000'000,
                         .total_files = 1,
                         .total_bytes = 1'000'000'000,
                         .bytes_per_second = 389'000'000,
                         .left = Millis(1'465)};
  EXPECT_EQ(cli::progress_line(view, 79), " 43 %  430 MB of 1.00 GB  389 MB/s  0:02 left");
  view.left = Millis(3'725'000);
  EXPECT_TRUE(cli::progress_line(view, 79).ends_with("1:02:05 left"));
  view.total_files = 10;
  view.files = 4;
  EXPECT_NE(cli::progress_line(view, 79).find("  4 of 10 files  "), std::string::npos);
  EXPECT_EQ(cli::progress_line(view, 20).size(), 20u);
  EXPECT_EQ(cli::progress_line({.files = 0, .bytes = 12, .total_files = {}, .total_bytes = {}, .left = {}}, 79), "12 B  0 B/s");
  EXPECT_EQ(cli::progress_line({.files = 0, .bytes = 0, .total_files = 1, .total_bytes = 0, .left = {}}, 79), "0 B  0 B/s");
}

} // namespace
