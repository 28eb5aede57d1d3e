#include "base/errc.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace {

using namespace rs;

TEST(Errc, EachNameLeadsBackToItsCode) {
  std::set<std::string_view> names;
  for (const auto& row : all_errors()) {
    EXPECT_EQ(errc_from_name(row.name), row.code);
    EXPECT_EQ(info(row.code).name, row.name);
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos) << row.name;
  }
  EXPECT_EQ(errc_from_name("no-such"), std::nullopt);
}

TEST(Errc, ExitCodesAreThoseOfTheCommandLineContract) {
  const std::pair<const char*, int> contract[] = {{"internal", 1},
                                                  {"outcome-unknown", 1},
                                                  {"audit-unavailable", 1},
                                                  {"usage", 2},
                                                  {"invalid", 2},
                                                  {"no-match", 3},
                                                  {"sign-in", 4},
                                                  {"second-factor", 4},
                                                  {"expired", 4},
                                                  {"locked", 4},
                                                  {"forbidden", 5},
                                                  {"not-found", 6},
                                                  {"conflict", 7},
                                                  {"timeout", 8},
                                                  {"unsupported", 9},
                                                  {"key-elsewhere", 9},
                                                  {"wrong-target", 9},
                                                  {"clock-skew", 9},
                                                  {"consent-denied", 10},
                                                  {"consent-timeout", 11},
                                                  {"consent-revoked", 12},
                                                  {"ended-by-customer", 12},
                                                  {"relay-unreachable", 30},
                                                  {"server-identity", 31},
                                                  {"integrity", 32},
                                                  {"hash-mismatch", 32},
                                                  {"agent-offline", 33},
                                                  {"connection-lost", 34},
                                                  {"too-late", 34},
                                                  {"no-space", 35},
                                                  {"permission", 35},
                                                  {"io", 35},
                                                  {"interrupted", 130}};
  for (const auto& [name, code] : contract) {
    ASSERT_TRUE(errc_from_name(name)) << name;
    EXPECT_EQ(exit_code(*errc_from_name(name)), code) << name;
  }
}

} // namespace
