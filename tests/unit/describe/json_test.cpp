#include "describe/node.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using namespace rs;
using namespace rs::describe;

std::string again(std::string_view text) {
  const auto node = parse_json(text);
  return node ? write_json(*node) : node.error().message;
}

TEST(Json, WritesWhatItRead) {
  const char* const texts[] = {"null",
                               "true",
                               "-5",
                               "18446744073709551615",
                               "1.0",
                               "0.1",
                               "1e+300",
                               "-0.0",
                               R"("a\"\\\n\t\r\u0001")",
                               R"("ü€😀")",
                               "[]",
                               "{}",
                               R"([1,[2,{"a":[]}]])",
                               R"({"b":1,"a":{"c":null}})"};
  for (const auto* text : texts) EXPECT_EQ(again(text), text);
}

TEST(Json, KeepsTheOrderOfKeys) { EXPECT_EQ(again(R"( { "z" : 1 , "a" : 2 } )"), R"({"z":1,"a":2})"); }

TEST(Json, TellsIntegersFromReals) {
  EXPECT_EQ(parse_json("1").value().kind(), Node::Kind::integer);
  EXPECT_EQ(parse_json("1.0").value().kind(), Node::Kind::real);
  EXPECT_EQ(parse_json("9223372036854775808").value().kind(), Node::Kind::unsigned_integer);
}

TEST(Json, RefusesWhatIsNoJson) {
  const std::string_view texts[] = {"",
                                    " ",
                                    "{",
                                    "[1,]",
                                    "{\"a\"}",
                                    "{a:1}",
                                    "nul",
                                    "01",
                                    "1 2",
                                    "{} x",
                                    "'a'",
                                    "\"\\x\"",
                                    "NaN",
                                    "1e999",
                                    "\"\n\"",
                                    "\"\\ud800\"",
                                    "// x\n1",
                                    "\"\xff\"",
                                    "\"\xc0\xaf\"",
                                    "\"\xed\xa0\x80\"",
                                    std::string_view("{}\0", 3),
                                    std::string_view("1\0x", 3)};
  for (const auto text : texts) {
    const auto node = parse_json(text);
    ASSERT_FALSE(node) << text;
    EXPECT_EQ(node.error().code, Errc::invalid) << text;
  }
}

TEST(Json, SaysWhereItIsWrongButNotWhat) {
  EXPECT_EQ(parse_json("{\n \"a\": secret}").error().message, "not JSON at line 2, column 7");
}

TEST(Json, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ(parse_json(R"({"a":1,"b":{"a":1},"a":2})").error().message, "'a' stands twice");
  EXPECT_EQ(parse_json(R"([{"\u0061":1,"a":2}])").error().message, "'a' stands twice");
}

TEST(Json, NestsAsDeepAsItsLimitAndNoDeeper) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(kMaxDepth)));
  EXPECT_EQ(parse_json(nested(kMaxDepth + 1)).error().message, "nested deeper than 64");
  EXPECT_EQ(parse_json(std::string(1'000'000, '[')).error().message, "nested deeper than 64");
}

TEST(Json, ReplacesBytesThatAreNoUtf8) {
  EXPECT_EQ(write_json(Node("a\xff"
                            "b\xc3")),
            "\"a\xef\xbf\xbd"
            "b\xef\xbf\xbd\"");
  EXPECT_EQ(write_json(Node::Object{{"\xfe", 1}}), "{\"\xef\xbf\xbd\":1}");
}

TEST(Json, EscapesWhatEndsALineOrHidesInIt) {
  EXPECT_EQ(write_json(Node("\x7f\xc2\x85\xe2\x80\xa8\xef\xbb\xbf")), R"("\u007f\u0085\u2028\ufeff")");
}

TEST(Json, HasNoNumberForInfinity) {
  EXPECT_EQ(write_json(Node(std::numeric_limits<double>::infinity())), "null");
  EXPECT_EQ(write_json(Node(std::nan(""))), "null");
}

TEST(Json, IndentsForEyes) {
  EXPECT_EQ(write_json_indented(parse_json(R"({"a":[1,{}],"b":{}})").value()),
            "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {}\n}");
}

TEST(Json, ManyKeysDoNotCostTheirSquare) {
  std::string text = "{\"k\":0";
  for (int i = 0; i < 200'000; ++i) text += ",\"" + std::to_string(i) + "\":0";
  EXPECT_EQ(parse_json(text + ",\"k\":0}").error().message, "'k' stands twice");
  EXPECT_TRUE(parse_json(text + "}"));
}

TEST(Node, EqualIntegersAreEqualWhateverTheirType) {
  EXPECT_EQ(Node(std::uint64_t{5}), Node(5));
  EXPECT_EQ(Node(std::uint64_t{5}).kind(), Node::Kind::integer);
  EXPECT_NE(Node(1), Node(true));
}

TEST(Node, SetReplacesOrAppends) {
  Node node;
  node.set("a", 1);
  node.set("b", 2);
  node.set("a", 3);
  EXPECT_EQ(write_json(node), R"({"a":3,"b":2})");
  EXPECT_EQ(node.find("c"), nullptr);
  EXPECT_EQ(Node(1).find("a"), nullptr);
}

} // namespace
