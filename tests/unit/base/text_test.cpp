#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/joined.hpp"
#include "base/os_string.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;

TEST(Duration, ReadsTheUnitsOfTheCommandLine) {
  const std::pair<const char*, std::int64_t> cases[] = {{"0s", 0},       {"500ms", 500},    {"30s", 30'000},
                                                        {"5m", 300'000}, {"2h", 7'200'000}, {"7d", 604'800'000}};
  for (const auto& [text, millis] : cases) EXPECT_EQ(parse_duration(text).value().count(), millis) << text;
}

TEST(Duration, RefusesAnythingElse) {
  for (const auto* text : {"", "5", "-5s", "5x", "s", "1.5h", "5 s", "5s ", "99999999999999999999s", "9223372036854775807d"})
    EXPECT_EQ(parse_duration(text).has_error(), true) << text;
}

TEST(Duration, OfMoreThanTenYearsIsRefusedNamingTheMost) {
  EXPECT_EQ(parse_duration("3650d").value(), kLongestDuration);
  const auto refused = parse_duration("315360000001ms");
  EXPECT_EQ(refused.error().code, Errc::invalid);
  EXPECT_EQ(refused.error().message, "'315360000001ms' is more than 3650d");
}

TEST(Duration, IsWrittenInTheLargestUnitThatDividesIt) {
  const std::pair<std::int64_t, const char*> cases[] = {{0, "0ms"},      {1, "1ms"},        {1000, "1s"},
                                                        {90'000, "90s"}, {3'600'000, "1h"}, {172'800'000, "2d"}};
  for (const auto& [millis, text] : cases) EXPECT_EQ(format_duration(Millis(millis)), text);
}

TEST(Joined, PutsTheTextBetweenTwoOnly) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(joined(Names{}), "");
  EXPECT_EQ(joined(Names{"a"}), "a");
  EXPECT_EQ(joined(Names{"", "b", "c"}), ", b, c");
  EXPECT_EQ(joined(Names{"a", "b"}, "|"), "a|b");
}

TEST(Size, ReadsPowersOf1024) {
  EXPECT_EQ(parse_size("512").value(), 512u);
  EXPECT_EQ(parse_size("64K").value(), 65'536u);
  EXPECT_EQ(parse_size("2G").value(), 2'147'483'648u);
  for (const auto* text : {"", "K", "-1", "1k", "1KB", "99999999T"}) EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Rfc3339, GoesBothWays) {
  const char* const texts[] = {"1970-01-01T00:00:00.000Z", "2026-11-24T08:30:00.123Z", "2024-02-29T23:59:59.999Z",
                               "1969-12-31T23:59:59.999Z"};
  for (const auto* text : texts) EXPECT_EQ(to_rfc3339(from_rfc3339(text).value()), text);
  EXPECT_EQ(from_rfc3339("2026-11-24T08:30:00Z").value(), from_rfc3339("2026-11-24T08:30:00.000Z").value());
}

TEST(Rfc3339, RefusesWhatIsNoTimeInUtc) {
  for (const auto* text : {"", "2026-11-24", "2026-02-30T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T08:60:00Z",
                           "2026-11-24T08:30:00", "2026-11-24T08:30:00+01:00", "2026-11-24 08:30:00Z", "2026-11-24T08:30:00.12Z",
                           "2026-11-24T08:30:00.123", "2026-1-24T08:30:00Z"})
    EXPECT_EQ(from_rfc3339(text).has_error(), true) << text;
}

TEST(Ids, HaveAPrefixAndTwentyCharacters) {
  const Bytes random(kIdRandomBytes, 0xff);
  EXPECT_EQ(AgentId::from_random(random).text(), "a-77777777777777777777");
  EXPECT_EQ(AgentId::parse("a-77777777777777777777").value(), AgentId::from_random(random));
}

TEST(Ids, OfAnotherFormAreRefused) {
  for (const auto* text : {"", "a-", "s-77777777777777777777", "a-7777777777777777777", "a-777777777777777777777",
                           "a-7777777777777777777A", "a-77777777777777777771"})
    EXPECT_EQ(AgentId::parse(text).has_error(), true) << text;
}

TEST(Names, AreShortAndPlainAndNoIds) {
  for (const auto* name : {"a", "web-01", "A.b_c-9", "0"}) EXPECT_TRUE(check_name(name, "name")) << name;
  for (const auto& name : {std::string(), std::string("-a"), std::string(".a"), std::string("a b"), std::string("ü"),
                           std::string("a/b"), std::string(65, 'a'), std::string("s-abcdefghij234567abcd")})
    EXPECT_EQ(check_name(name, "name").has_error(), true) << name;
  EXPECT_TRUE(check_name(std::string(64, 'a'), "name"));
}

TEST(Utf8, IsStrict) {
  for (const auto* text : {"", "abc", "ü", "€", "😀", "\xf4\x8f\xbf\xbf"}) EXPECT_TRUE(is_utf8(text)) << text;
  for (const auto* text : {"\xff", "\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                           "\xf8\x88\x80\x80\x80", "\xc3(", "\xe2\x82"})
    EXPECT_FALSE(is_utf8(text));
}

TEST(EscapeForDisplay, LeavesNothingThatSteersATerminal) {
  EXPECT_EQ(escape_for_display("a\x1b[2J\n\t\x7f"), "a\\x1b[2J\\x0a\\x09\\x7f");
  EXPECT_EQ(escape_for_display("\xc2\x9b"), "\\u{009b}");
  EXPECT_EQ(escape_for_display("\xe2\x80\xae"
                               "x"),
            "\\u{202e}x");
  EXPECT_EQ(escape_for_display("ü\xff"), "ü\\xff");
}

} // namespace
