#include "fleet/pattern.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace rs;
using fleet::Pattern;

bool found(std::string_view pattern, std::string_view subject) { return Pattern::compile(pattern).value().found_in(subject); }

TEST(FleetPattern, FindsWhatEcmascriptFinds) {
  struct Row {
    const char* pattern;
    const char* subject;
    bool found;
  };
  const Row rows[] = {
      {"eb", "web1", true},
      {"^eb", "web1", false},
      {"^web\\d+$", "web12", true},
      {"^web\\d+$", "web", false},
      {"a|b|cd", "xcd", true},
      {"^(a|b)*$", "abba", true},
      {"^(a|b)*$", "abca", false},
      {"^(?:ab){2,3}$", "abab", true},
      {"^(?:ab){2,3}$", "ab", false},
      {"^a{2}$", "aaa", false},
      {"^a{2,}$", "aaaa", true},
      {"^a{0,1}b$", "b", true},
      {"[^a-c]", "abc", false},
      {"[^a-c]", "abcd", true},
      {"^[\\w.-]+$", "a.b-c", true},
      {"^[\\W]$", "a", false},
      {"\\bdb\\b", "my db now", true},
      {"\\bdb\\b", "mydb", false},
      {"^.$", "\xc3\xa9", true},
      {"^\\u00e9$", "\xc3\xa9", true},
      {"", "anything", true},
      {"^$", "", true},
      {"(a*)*b", "aaab", true},
      {"a.c", "a\nc", false},
      {"\\.", "a.b", true},
      {"^a??b", "ab", true},
      {"^\\x41", "A", true},
      {"()*x", "x", true},
      {"^[]$", "a", false},
      {"^[^]$", "a", true},
      {"\\$\\{", "${", true},
      {"[a-]", "-", true},
  };
  for (const auto& row : rows) EXPECT_EQ(found(row.pattern, row.subject), row.found) << row.pattern << " in " << row.subject;
}

TEST(FleetPattern, WhatIsWrongIsNamedByItsCharacter) {
  const std::pair<const char*, const char*> rows[] = {
      {"a(b", "character 4"},    {"a)b", "character 2"}, {"*a", "character 1"}, {"a[b", "character 4"},  {"a{2", "character 4"},
      {"a{3,2}", "character 7"}, {"(a)\\1", "back-ref"}, {"(?=a)", "(?: )"},    {"[z-a]", "order"},      {"\\q", "escape"},
      {"a\\", "behind"},         {"^*", "be repeated"},  {"a{1001}", "1000"},   {"\\x4", "hexadecimal"}, {"a**", "be repeated"},
  };
  for (const auto& [pattern, what] : rows) {
    const auto compiled = Pattern::compile(pattern);
    ASSERT_FALSE(compiled) << pattern;
    EXPECT_EQ(compiled.error().code, Errc::invalid);
    EXPECT_NE(compiled.error().message.find(what), std::string::npos) << pattern << ": " << compiled.error().message;
  }
}

TEST(FleetPattern, SizesAreBounded) {
  EXPECT_FALSE(Pattern::compile(std::string(fleet::kMaxPattern + 1, 'a')));
  EXPECT_NE(Pattern::compile("(a{100}){100}").error().message.find("4096 steps"), std::string::npos);
  EXPECT_FALSE(Pattern::compile(std::string(40, '(') + std::string(40, ')')));
}

TEST(FleetPattern, WhatWouldBacktrackForEverIsAnsweredAtOnce) {
  const std::string many(4000, 'a');
  EXPECT_FALSE(found("^(a+)+$", many + "b"));
  EXPECT_FALSE(found("(a|aa)+$", many + "b"));
  EXPECT_FALSE(found("^(.*)*(.*)*(.*)*x$", many));
}

} // namespace
