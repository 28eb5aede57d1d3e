#include "describe/table.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::describe;

Node agents() {
  return Node::Array{Node::Object{{"name", "web-01"}, {"online", true}, {"tags", Node::Object{{"role", "web"}, {"dc", "b"}}}},
                     Node::Object{{"name", "db"}, {"online", false}, {"tags", Node::Object{}}, {"last_seen", "now"}}};
}

TEST(Table, AlignsAListUnderHeadings) {
  EXPECT_EQ(to_table(agents()),
            "NAME    ONLINE  TAGS           LAST_SEEN\n"
            "web-01  true    role=web,dc=b  -\n"
            "db      false   -              now\n");
}

TEST(Table, ShowsTheFieldsAskedForInThatOrder) {
  EXPECT_EQ(to_table(agents(), {"online", "name"}), "ONLINE  NAME\ntrue    web-01\nfalse   db\n");
}

TEST(Table, AnObjectIsALineAMember) {
  const Node node = Node::Object{{"id", 7}, {"version", "1.0"}, {"roots", Node::Array{"/", "/srv"}}};
  EXPECT_EQ(to_table(node), "id       7\nversion  1.0\nroots    /,/srv\n");
}

TEST(Table, EscapesWhatCouldSteerATerminal) {
  const Node node = Node::Array{Node::Object{{"n\x1b", "a\x1b[2J\nb"}, {"t", Node::Object{{"k\x07", "\xe2\x80\xae"}}}}};
  EXPECT_NE(to_table(node).find("a\\x1b[2J\\x0ab  k\\x07=\\u{202e}\n"), std::string::npos) << to_table(node);
  for (char c : to_table(node)) EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << static_cast<int>(c);
}

TEST(Table, CountsCharactersAndNotBytes) {
  EXPECT_EQ(to_table(Node::Array{Node::Object{{"a", "ü"}, {"b", 1}}, Node::Object{{"a", "xy"}, {"b", 2}}}),
            "A   B\nü   1\nxy  2\n");
}

TEST(Table, NestsObjectsInBraces) {
  const Node inner = Node::Object{{"k", Node::Object{{"a", 1}, {"b", Node::Array{1, 2}}}}};
  EXPECT_EQ(to_table(Node::Object{{"x", inner}}), "x  k={a=1,b=[1,2]}\n");
}

TEST(Table, AnEmptyListStillHasTheHeadingsAskedFor) {
  EXPECT_EQ(to_table(Node::Array{}), "");
  EXPECT_EQ(to_table(Node::Array{}, {"name"}), "NAME\n");
}

TEST(Table, AListOfValuesIsALineAValue) { EXPECT_EQ(to_table(Node::Array{"a", 2}), "a\n2\n"); }

TEST(Pick, KeepsTheNamedFieldsOfEachItem) {
  EXPECT_EQ(write_json(pick(agents(), {"last_seen", "name"}).value()), R"([{"name":"web-01"},{"last_seen":"now","name":"db"}])");
}

TEST(Pick, NamesAnUnknownFieldAndThoseThatExist) {
  const auto error = pick(agents(), {"name", "colour"}).error();
  EXPECT_EQ(error.code, Errc::usage);
  EXPECT_EQ(error.message, "--fields: no field 'colour'; there are name online tags last_seen");
}

TEST(Pick, AKnownFieldMayBeMissingEverywhere) {
  EXPECT_EQ(write_json(pick(agents(), {"name", "user"}, {"user"}).value()), R"([{"name":"web-01"},{"name":"db"}])");
  EXPECT_EQ(pick(Node::Array{}, {"colour"}, {"user"}).error().code, Errc::usage);
}

TEST(Pick, WithoutFieldsKeepsAll) { EXPECT_EQ(pick(agents(), {}).value(), agents()); }

} // namespace
