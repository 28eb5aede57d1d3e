#include "fleet/host_list.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using fleet::expand_host_list;
using Names = std::vector<std::string>;

TEST(FleetHostList, RangesKeepTheirWidth) {
  EXPECT_EQ(expand_host_list("host[08-11]").value(), (Names{"host08", "host09", "host10", "host11"}));
  EXPECT_EQ(expand_host_list("n[9-10,3]x").value(), (Names{"n9x", "n10x", "n3x"}));
  EXPECT_EQ(expand_host_list("a,b[1-2],c").value(), (Names{"a", "b1", "b2", "c"}));
}

TEST(FleetHostList, RangesInsideRangesCountLikeAClock) {
  EXPECT_EQ(expand_host_list("rack[1-2]n[01-02]").value(), (Names{"rack1n01", "rack1n02", "rack2n01", "rack2n02"}));
  EXPECT_EQ(expand_host_list("rack[1-3]n[01-10]").value().size(), 30u);
}

TEST(FleetHostList, ErrorsNameTheColumn) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "column 1"},       {"a,,b", "column 3"}, {"a[1-", "column 5"},          {"a[1", "column 2"},    {"a]", "column 2"},
      {"a[3-1]", "column 3"}, {"a[x]", "column 3"}, {"a[1234567890]", "9 digits"}, {"a[[1]]", "column 3"}, {"a,", "column 3"},
  };
  for (const auto& [text, what] : rows) {
    const auto names = expand_host_list(text);
    ASSERT_FALSE(names) << text;
    EXPECT_NE(names.error().message.find(what), std::string::npos) << text << ": " << names.error().message;
  }
}

TEST(FleetHostList, AnExpansionIsCapped) {
  EXPECT_EQ(expand_host_list("n[1-100000]").value().size(), fleet::kMaxTargets);
  for (const char* text :
       {"n[0-100000]", "n[1-999999999]", "a[1-1000]b[1-1000]c[1-1000]", "n[1-99999],a,b", "n[1-60000,1-60000]"})
    EXPECT_NE(expand_host_list(text).error().message.find("100000"), std::string::npos) << text;
}

TEST(FleetHostList, AFileHasCommentsAndRanges) {
  EXPECT_EQ(fleet::expand_host_file("# all\nweb1 web2 # two\r\n\ndb[1-2],x\n  y, z\n").value(),
            (Names{"web1", "web2", "db1", "db2", "x", "y", "z"}));
  EXPECT_NE(fleet::expand_host_file("a\nb[\n").error().message.find("line 2: column"), std::string::npos);
  EXPECT_TRUE(fleet::expand_host_file("").value().empty());
}

} // namespace
