#include "fleet/selector.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace rs;
using fleet::Selector;

const fleet::AgentFacts kWeb{"a-2", "web1", {{"role", "web"}, {"site", "St. Gallen, East"}}, "Debian 12", "0.1", {}, true};

bool matches(std::string_view text) { return Selector::parse(text).value().matches(kWeb); }

TEST(FleetSelector, TagsAndFieldsAreCompared) {
  const std::pair<const char*, bool> rows[] = {
      {"role=web", true},
      {"tag.role=web", true},
      {"tag.role", true},
      {"tag.rack", false},
      {"role!=web", false},
      {"rack!=1", true},
      {"rack=\"\"", false},
      {"name=web1", true},
      {"tag.name=web1", false},
      {"name ~ ^web[0-9]+$", true},
      {"os~debian", false},
      {"os ~ 'Debian 1[12]'", true},
      {"online", true},
      {"!online", false},
      {"online=false", false},
      {"online != true", false},
      {"user", false},
      {"user=ada", false},
      {"version=0.1", true},
      {"site=\"St. Gallen, East\"", true},
      {"site='St. Gallen, East'", true},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(matches(text), expected) << text;
}

TEST(FleetSelector, AndBindsTighterThanOr) {
  EXPECT_TRUE(matches("role=web | role=db , online=false"));
  EXPECT_FALSE(matches("(role=web | role=db) , online=false"));
  EXPECT_TRUE(matches("!(role=db | online=false), !!online"));
  EXPECT_FALSE(matches("!role=web,online"));
}

TEST(FleetSelector, QuotesHoldAnyCharacter) {
  fleet::AgentFacts odd = kWeb;
  odd.tags["note"] = R"(a "quoted" \ word)";
  EXPECT_TRUE(Selector::parse(R"(note="a \"quoted\" \\ word")").value().matches(odd));
  EXPECT_TRUE(Selector::parse(R"(note='a "quoted" \ word')").value().matches(odd));
  EXPECT_TRUE(Selector::parse(R"(name~"^web\d$")").value().matches(kWeb));
}

TEST(FleetSelector, ErrorsNameTheColumn) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "column 1: a tag or a field"},
      {"role=web,", "column 10"},
      {"role=web db", "column 10: ',' or '|'"},
      {"role", "column 1: 'role' is no field"},
      {"(role=web", "column 1: this '('"},
      {"role=web)", "column 9"},
      {"site=\"x", "column 6: this quote"},
      {"name~\"a(b\"", "column 6: at character 4 of the pattern"},
      {"online=yes", "column 8"},
      {"role=", "column 6"},
      {"tag.=x", "column 1"},
      {"name='\xc3\xa9' x", "column 10"},
  };
  for (const auto& [text, what] : rows) {
    const auto parsed = Selector::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::invalid);
    EXPECT_NE(parsed.error().message.find(what), std::string::npos) << text << ": " << parsed.error().message;
  }
}

TEST(FleetSelector, DepthAndLengthAreBounded) {
  EXPECT_TRUE(Selector::parse(std::string(30, '(') + "online" + std::string(30, ')')));
  EXPECT_NE(Selector::parse(std::string(100, '(')).error().message.find("64 levels"), std::string::npos);
  EXPECT_FALSE(Selector::parse(std::string(1000, '!') + "online"));
  EXPECT_FALSE(Selector::parse(std::string(fleet::kMaxSelector + 1, 'a')));
}

} // namespace
