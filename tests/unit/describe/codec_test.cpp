#include "describe/codec_impl.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::describe;

enum class Colour { dark_red, blue, default_ };
RS_DESCRIBE_ENUM(Colour, dark_red, blue, default_)

struct Rule {
  std::string hours;
  Defaulted<std::uint8_t> ask{7};
};
RS_DESCRIBE(Rule, hours, ask)

struct Sample {
  bool register_;
  std::int32_t count;
  std::uint64_t size;
  double ratio;
  OsString path;
  Bytes blob;
  std::array<std::uint8_t, 4> key;
  WallTime at;
  Millis wait;
  AgentId agent;
  Colour colour;
  std::vector<Rule> rules;
  std::map<std::string, std::string> tags;
  std::optional<std::string> note;
  std::optional<SessionId> session;
  Errc code;
  Node data;
};
RS_DESCRIBE(Sample, register_, count, size, ratio, path, blob, key, at, wait, agent, colour, rules, tags, note, session, code,
            data)

const std::string kAgent = "a-abcdefghij234567abcd";

Sample sample() {
  return {.register_ = true,
          .count = -5,
          .size = 18446744073709551615ULL,
          .ratio = 0.5,
          .path = "/tmp/x",
          .blob = {0xff, 0xef},
          .key = {1, 2, 3, 4},
          .at = from_unix_seconds(1'700'000'000),
          .wait = Millis(30'000),
          .agent = *AgentId::parse(kAgent),
          .colour = Colour::dark_red,
          .rules = {{"9-17", std::uint8_t{1}}},
          .tags = {{"role", "web"}},
          .note = std::nullopt,
          .session = std::nullopt,
          .code = Errc::agent_offline,
          .data = Node::Object{{"a", 1}}};
}

const std::string kSampleJson =
    R"({"register":true,"count":-5,"size":18446744073709551615,"ratio":0.5,"path":"/tmp/x","blob":"_-8","key":"AQIDBA",)"
    R"("at":"2023-11-14T22:13:20.000Z","wait":"30s","agent":"a-abcdefghij234567abcd","colour":"dark-red",)"
    R"("rules":[{"hours":"9-17","ask":1}],"tags":{"role":"web"},"code":"agent-offline","data":{"a":1}})";

template <class T>
std::string error_of(const Node& node, Unknown unknown = Unknown::refuse) {
  const auto result = from_node<T>(node, unknown);
  return result ? "no error" : result.error().message;
}

Node changed(const std::string& field, Node value) {
  Node node = to_node(sample());
  node.set(field, std::move(value));
  return node;
}

Node without(std::string_view field) {
  Node node = to_node(sample());
  std::erase_if(*node.get_if<Node::Object>(), [&](const auto& member) { return member.first == field; });
  return node;
}

TEST(Codec, WritesEachKindOfMember) { EXPECT_EQ(to_json(sample()), kSampleJson); }

TEST(Codec, ReadsBackWhatItWrote) {
  const auto read = from_json<Sample>(kSampleJson, Unknown::refuse);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), kSampleJson);
  EXPECT_EQ(read->agent.text(), kAgent);
  EXPECT_EQ(read->rules.at(0).ask.value, 1);
}

TEST(Codec, ReadsBackYamlThatItWrote) {
  const auto read = from_yaml<Sample>(to_yaml(sample()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_json(*read), kSampleJson);
}

struct BadField {
  const char* field;
  Node value;
  const char* message;
};

TEST(Codec, NamesTheFieldThatIsWrong) {
  const Node rule_without_hours = Node::Object{{"ask", 1}};
  const Node rule_with_number = Node::Object{{"hours", 9}};
  const Node rule_with_large_number = Node::Object{{"hours", "x"}, {"ask", 256}};
  const BadField cases[] = {
      {"register", 1, "register: expected a boolean, got an integer"},
      {"count", "1", "count: expected an integer, got a string"},
      {"count", 1.5, "count: expected an integer, got a number"},
      {"count", 2147483648, "count: must be -2147483648 to 2147483647"},
      {"count", 18446744073709551615ULL, "count: must be -2147483648 to 2147483647"},
      {"size", -1, "size: must be 0 to 18446744073709551615"},
      {"ratio", "1", "ratio: expected a number, got a string"},
      {"path", 1, "path: expected a string or {\"base64\":…}, got an integer"},
      {"path", Node::Object{{"base64", "%"}}, "path.base64: expected padded base64 text"},
      {"path", Node::Object{{"base64", 1}}, "path.base64: expected padded base64 text"},
      {"blob", "a=", "blob: expected base64url text without padding"},
      {"key", "AQID", "key: expected 4 bytes, got 3"},
      {"at", "yesterday", "at: expected an RFC 3339 time in UTC (2026-01-31T12:00:00Z)"},
      {"wait", "30", "wait: expected a duration (30s 5m 2h 7d)"},
      {"agent", "", "agent: expected an id a-…"},
      {"agent", Node(), "agent: expected an id a-…, got null"},
      {"colour", "green", "colour: expected one of dark-red blue default"},
      {"rules", Node::Object{}, "rules: expected an array, got an object"},
      {"rules", Node::Array{1}, "rules[0]: expected an object, got an integer"},
      {"rules", Node::Array{rule_without_hours}, "rules[0].hours: missing"},
      {"rules", Node::Array{rule_with_number}, "rules[0].hours: expected a string, got an integer"},
      {"rules", Node::Array{rule_with_large_number}, "rules[0].ask: must be 0 to 255"},
      {"tags", Node::Object{{"a", 1}}, "tags.a: expected a string, got an integer"},
      {"note", 1, "note: expected a string, got an integer"},
      {"code", "no-such", "code: expected an error code"},
      {"surplus", 1, "surplus: unknown field"},
  };
  for (const auto& bad : cases) EXPECT_EQ(error_of<Sample>(changed(bad.field, bad.value)), bad.message);
}

TEST(Codec, NamesAMissingFieldWithoutItsTrailingUnderscore) {
  EXPECT_EQ(error_of<Sample>(without("register")), "register: missing");
}

TEST(Codec, NamesNoFieldWhereTheDocumentItselfIsWrong) {
  EXPECT_EQ(error_of<Sample>(Node("x")), "expected an object, got a string");
  EXPECT_EQ(error_of<Sample>(Node()), "expected an object, got null");
}

TEST(Codec, IgnoresUnknownFieldsOnlyWhereToldTo) {
  const Node node = changed("surplus", 1);
  EXPECT_TRUE(from_node<Sample>(node, Unknown::ignore));
  EXPECT_EQ(from_node<Sample>(node, Unknown::refuse).error().code, Errc::invalid);
}

TEST(Codec, EscapesAndCutsAHostileFieldName) {
  const auto message = error_of<Sample>(changed("\x1b[2J" + std::string(500, 'x'), 1));
  EXPECT_EQ(message.substr(0, 8), "\\x1b[2Jx");
  EXPECT_LT(message.size(), 100u);
}

TEST(Codec, KeepsTheDefaultOfAnAbsentMember) {
  const auto rule = from_json<Rule>(R"({"hours":"x"})", Unknown::refuse);
  EXPECT_EQ(rule.value().ask.value, 7);
}

TEST(Codec, ReadsAnOptionalThatIsAbsentNullOrGiven) {
  EXPECT_FALSE(from_node<Sample>(changed("note", Node()), Unknown::refuse).value().note);
  EXPECT_EQ(from_node<Sample>(changed("note", "x"), Unknown::refuse).value().note, "x");
  EXPECT_FALSE(from_node<Sample>(changed("session", ""), Unknown::refuse).value().session);
}

TEST(Codec, CarriesAPathThatIsNoUtf8) {
  Sample value = sample();
  value.path = "/\xff";
  const Node node = to_node(value);
  EXPECT_EQ(write_json(*node.find("path")), R"({"base64":"L/8="})");
  EXPECT_EQ(from_node<Sample>(node, Unknown::refuse).value().path, value.path);
}

TEST(Codec, AnEmptyYamlTextIsAnObjectWithoutMembers) {
  EXPECT_EQ(from_yaml<Rule>("# nothing\n").error().message, "hours: missing");
}

TEST(Codec, DescribesATypeAsASchema) {
  EXPECT_EQ(write_json(schema<Rule>()),
            R"({"type":"object","properties":{"hours":{"type":"string"},"ask":{"type":"integer","minimum":0}},)"
            R"("required":["hours"],"additionalProperties":false})");
}

TEST(Codec, SchemaListsNamesAndAllowsNullForOptionals) {
  const Node properties = *schema<Sample>().find("properties");
  EXPECT_EQ(write_json(*properties.find("colour")), R"({"type":"string","enum":["dark-red","blue","default"]})");
  EXPECT_EQ(write_json(*properties.find("note")), R"({"anyOf":[{"type":"string"},{"type":"null"}]})");
  EXPECT_EQ(write_json(*properties.find("agent")), R"({"type":"string","pattern":"^a-[a-z2-7]{20}$"})");
}

TEST(EnumNames, SpellValuesAsDocumentsDo) {
  EXPECT_EQ(enum_name(Colour::dark_red), "dark-red");
  EXPECT_EQ(enum_name(Colour::default_), "default");
  EXPECT_EQ(enum_from_name<Colour>("dark-red"), Colour::dark_red);
  EXPECT_EQ(enum_from_name<Colour>("dark_red"), std::nullopt);
  EXPECT_EQ(enum_name(static_cast<Colour>(9)), "");
}

} // namespace
