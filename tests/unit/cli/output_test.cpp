#include "cli/output.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using describe::Format;
using describe::Node;

struct Printed {
  std::string out;
  std::string err;
};

cli::Output output_to(Printed& printed, Format format, bool quiet = false, std::vector<std::string> fields = {}) {
  return cli::Output({{format, std::move(fields)}, quiet}, [&](std::string_view text) { printed.out += text; },
                     [&](std::string_view text) { printed.err += text; });
}

TEST(Output, PrintsResultsToOutOnly) {
  Printed printed;
  ASSERT_TRUE(output_to(printed, Format::ndjson).item("rsctl.version.v1", Node::Object{{"version", "1"}}));
  EXPECT_EQ(printed.out, "{\"schema\":\"rsctl.version.v1\",\"version\":\"1\"}\n");
  EXPECT_EQ(printed.err, "");
}

TEST(Output, PrintsNothingWhereAFieldIsUnknown) {
  Printed printed;
  EXPECT_FALSE(output_to(printed, Format::table, false, {"x"}).list("s", {Node::Object{{"a", 1}}}));
  EXPECT_EQ(printed.out, "");
}

TEST(Output, AnErrorIsOneLineAndItsExitCode) {
  Printed printed;
  EXPECT_EQ(output_to(printed, Format::table).error(fail(Errc::not_found, "no agent 'x'")), 6);
  EXPECT_EQ(printed.err, "rsctl: not-found: no agent 'x'\n");
  EXPECT_EQ(printed.out, "");
}

TEST(Output, AnErrorIsOneObjectWhereAProgramReads) {
  for (const auto format : {Format::json, Format::ndjson}) {
    Printed printed;
    EXPECT_EQ(output_to(printed, format).error(fail(Errc::not_found, "no"), {.exit_code = 125}), 125);
    EXPECT_EQ(printed.err, "{\"error\":{\"code\":\"not-found\",\"message\":\"no\",\"retryable\":false,\"exit_code\":125}}\n");
  }
}

TEST(Output, QuietDropsNotesButNoErrors) {
  Printed printed;
  auto output = output_to(printed, Format::table, true);
  output.note("hello");
  EXPECT_EQ(printed.err, "");
  output.error(fail(Errc::io, "disk"));
  EXPECT_EQ(printed.err, "rsctl: io: disk\n");
}

TEST(Output, ANoteIsOneHarmlessLine) {
  Printed printed;
  output_to(printed, Format::table).note("a\x1b\nb");
  EXPECT_EQ(printed.err, "a\\x1b\\x0ab\n");
}

TEST(Output, PayloadPassesUnchanged) {
  Printed printed;
  auto output = output_to(printed, Format::json);
  output.payload("\x1b\xff");
  output.payload_error("\x01");
  EXPECT_EQ(printed.out, "\x1b\xff");
  EXPECT_EQ(printed.err, "\x01");
}

} // namespace
