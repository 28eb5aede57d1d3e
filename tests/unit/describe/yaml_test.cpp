#include "describe/node.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace {

using namespace rs;
using namespace rs::describe;

std::string as_json(std::string_view yaml) {
  const auto node = parse_yaml(yaml);
  return node ? write_json(*node) : node.error().message;
}

TEST(Yaml, ReadsPlainScalarsByTheCoreSchema) {
  const std::pair<const char*, const char*> cases[] = {{"~", "null"},
                                                       {"", "null"},
                                                       {"null", "null"},
                                                       {"True", "true"},
                                                       {"FALSE", "false"},
                                                       {"yes", "\"yes\""},
                                                       {"on", "\"on\""},
                                                       {"12", "12"},
                                                       {"-7", "-7"},
                                                       {"+7", "7"},
                                                       {"0x1F", "31"},
                                                       {"0o17", "15"},
                                                       {"010", "10"},
                                                       {"1.5", "1.5"},
                                                       {".5", "0.5"},
                                                       {"1.", "1.0"},
                                                       {"1e3", "1000.0"},
                                                       {"-1.5e-1", "-0.15"},
                                                       {"1_000", "\"1_000\""},
                                                       {"0x", "\"0x\""},
                                                       {"12:30", "\"12:30\""},
                                                       {"1.2.3", "\"1.2.3\""},
                                                       {"-", "[null]"},
                                                       {"+", "\"+\""},
                                                       {".", "\".\""},
                                                       {"2026-01-01", "\"2026-01-01\""},
                                                       {"18446744073709551615", "18446744073709551615"},
                                                       {"e5", "\"e5\""},
                                                       {"99999999999999999999", "1e+20"},
                                                       {"0x-5", "\"0x-5\""},
                                                       {"--5", "\"--5\""},
                                                       {"1e", "\"1e\""}};
  for (const auto& [yaml, json] : cases) EXPECT_EQ(as_json(yaml), json) << yaml;
}

TEST(Yaml, QuotedScalarsAreStrings) { EXPECT_EQ(as_json("[\"1\", 'true', \"~\", '']"), R"(["1","true","~",""])"); }

TEST(Yaml, BlockScalarsAreStrings) { EXPECT_EQ(as_json("a: |\n  12\nb: >\n  x\n  y\n"), R"({"a":"12\n","b":"x y\n"})"); }

TEST(Yaml, ReadsNestedBlocks) {
  EXPECT_EQ(as_json("rules:\n  - role: admin\n    allow: [exec, files]\n  - {role: bot}\nx:\n"),
            R"({"rules":[{"role":"admin","allow":["exec","files"]},{"role":"bot"}],"x":null})");
}

TEST(Yaml, RefusesWhatItDoesNotSupport) {
  const std::pair<std::string_view, const char*> cases[] = {
      {"a: &x 1", "anchors are not supported"},
      {"a: &x [1]", "anchors are not supported"},
      {"a: &x", "anchors are not supported"},
      {"a: *x", "anchor is not defined"},
      {"a: &x 1\nb: *x", "anchors are not supported"},
      {"a: !!int 1", "tags are not supported"},
      {"a: !secret {}", "tags are not supported"},
      {"a: 1\na: 2", "'a' stands twice"},
      {"a: 1\n\"a\": 2", "'a' stands twice"},
      {"? [1]\n: 2", "a key must be a string"},
      {"? {a: 1}\n: 2", "a key must be a string"},
      {"~: 2", "a key must be a string"},
      {"--- 1\n--- 2", "more than one document"},
      {"a: [1", "not YAML"},
      {"a: b: c", "not YAML"},
      {"\tx: 1", "not YAML"},
      {"a: \"\\q\"", "not YAML"},
      {"a: \xff", "invalid UTF-8"},
      {std::string_view("a: \0", 4), "a control character at line 1, column 4"},
      {"a: \x1b", "a control character at line 1, column 4"},
  };
  for (const auto& [yaml, message] : cases)
    EXPECT_NE(as_json(yaml).find(message), std::string::npos) << yaml << ": " << as_json(yaml);
}

TEST(Yaml, SaysWhereItIsWrongButNotWhat) {
  const auto message = as_json("a: 1\nb: *secret\n");
  EXPECT_NE(message.find("line 2"), std::string::npos) << message;
  EXPECT_EQ(message.find("secret"), std::string::npos) << message;
}

TEST(Yaml, NestsNoDeeperThanItsLimit) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_yaml(nested(kMaxDepth)));
  EXPECT_NE(as_json(nested(kMaxDepth + 1)).find("nested deeper than 64"), std::string::npos);
  EXPECT_FALSE(parse_yaml(std::string(10'000, '[')));
}

TEST(Yaml, WritesBlocksThatPeopleCanEdit) {
  const Node node =
      parse_json(R"({"allow":["exec","files"],"rules":[{"role":"admin","ask":true},[1,[2]]],"none":[],"o":{},"d":{"e":null}})")
          .value();
  EXPECT_EQ(write_yaml(node),
            "allow:\n  - exec\n  - files\nrules:\n  - role: admin\n    ask: true\n  - - 1\n    - - 2\nnone: []\no: {}\nd:\n  e: "
            "null\n");
}

TEST(Yaml, QuotesStringsThatAnyReaderWouldTakeForSomethingElse) {
  const char* const strings[] = {"",           "true", "No",   "on", "null", "~",  "12", "0x1", "1.5",  ".inf", "12:30",
                                 "2026-01-01", "- a",  "a: b", "a:", "a #b", " a", "a ", "*a",  "&a",   "!a",   "%a",
                                 "@a",         "`a",   "{",    "[",  "|",    ">",  "'",  "\"",  "a\nb", "---"};
  for (const auto* text : strings) EXPECT_EQ(write_yaml(Node(text)), write_json(Node(text)) + "\n");
  for (const auto* text : {"abc", "a-b", "/etc/x", "a, b", "x=1"}) EXPECT_EQ(write_yaml(Node(text)), std::string(text) + "\n");
}

TEST(Yaml, ReadsBackWhatItWrote) {
  const Node nodes[] = {
      Node("a\n\t\"\\\x7f\xc2\x85\xe2\x80\xa8ü😀"),
      Node(1.0),
      Node(-0.5),
      Node(18446744073709551615ULL),
      Node(true),
      Node(std::numeric_limits<double>::infinity()),
      Node(-std::numeric_limits<double>::infinity()),
      Node(Node::Object{{std::string(3000, 'k'), Node::Array{1, Node::Object{{"", ""}}}}, {std::string(1020, '"'), "x"}}),
      Node(Node::Array{Node::Array{}, Node::Object{}, Node(), Node::Array{Node::Object{{"a", Node::Array{1}}}}})};
  for (const auto& node : nodes) {
    const auto read = parse_yaml(write_yaml(node));
    ASSERT_TRUE(read) << read.error().message << "\n" << write_yaml(node);
    EXPECT_EQ(*read, node) << write_yaml(node);
  }
}

} // namespace
