#include "fleet/targets.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using fleet::AgentFacts;
using fleet::Wanted;
using Names = std::vector<std::string>;

const std::vector<AgentFacts> kFleet{
    {"a-aaaa1", "db1", {{"role", "db"}}, "", "", {}, true},
    {"a-aabb2", "web1", {{"role", "web"}}, "", "", {}, true},
    {"a-aacc3", "web2", {{"role", "web"}}, "", "", {}, false},
};

Wanted by_names(Names names) { return {std::move(names), {}, false, {}}; }
Wanted by_selector(const char* text) { return {{}, {fleet::Selector::parse(text).value()}, false, {}}; }

Names chosen(const Wanted& wanted) {
  Names out;
  for (const auto place : fleet::choose(kFleet, wanted).value().agents) out.push_back(kFleet[place].name);
  return out;
}

TEST(FleetChoose, NamesIdsAndPrefixesInTheOrderGivenEachOnce) {
  EXPECT_EQ(chosen(by_names({"web2", "a-aaaa1", "a-aab", "web2", "web1"})), (Names{"web2", "db1", "web1"}));
}

TEST(FleetChoose, PartsAddAndExclusionTakesAway) {
  auto wanted = by_selector("role=web");
  EXPECT_EQ(chosen(wanted), (Names{"web1", "web2"}));
  wanted.names = {"db1"};
  wanted.excluded = {"web2"};
  EXPECT_EQ(chosen(wanted), (Names{"db1", "web1"}));
  EXPECT_EQ(chosen({{}, {}, true, {"a-aacc3"}}), (Names{"db1", "web1"}));
}

TEST(FleetChoose, WhatIsNotThereIsListed) {
  const auto out = fleet::choose(kFleet, by_names({"web9", "web1", "a-a", "web9"})).value();
  EXPECT_EQ(out.missing, (Names{"web9", "a-a"})) << "three characters are no beginning of an id";
}

TEST(FleetChoose, AnExclusionThatMatchesNothingIsListed) {
  EXPECT_EQ(fleet::choose(kFleet, {{}, {}, true, {"web9", "web1", "a-aab"}}).value().missing_excluded, (Names{"web9"}));
}

TEST(FleetChoose, WhatSeveralHaveIsAConflict) {
  EXPECT_EQ(fleet::choose(kFleet, by_names({"a-aa"})).error().code, Errc::conflict);
  auto twins = kFleet;
  twins[2].name = "web1";
  EXPECT_EQ(fleet::choose(twins, by_names({"web1"})).error().code, Errc::conflict);
}

TEST(FleetChoose, AnAgentThatIsListedTwiceIsOne) {
  auto doubled = kFleet;
  doubled.push_back(kFleet[0]);
  EXPECT_EQ(fleet::choose(doubled, {{}, {}, true, {}}).value().agents.size(), kFleet.size());
  EXPECT_EQ(fleet::choose(doubled, by_names({"db1"})).value().agents.size(), 1u);
}

} // namespace
