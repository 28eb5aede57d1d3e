#include "describe/render.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::describe;

const std::vector<Node> kItems = {Node::Object{{"id", "a-1"}, {"name", "web"}}, Node::Object{{"id", "a-2"}, {"name", "db"}}};

std::string list_as(Format format, std::vector<std::string> fields = {}) {
  return render_list({format, std::move(fields)}, "rsctl.agents.v1", kItems).value();
}
std::string item_as(Format format, std::vector<std::string> fields = {}) {
  return render_item({format, std::move(fields)}, "rsctl.agent.v1", kItems[0]).value();
}

TEST(Render, AListInEachFormat) {
  EXPECT_EQ(list_as(Format::table), "ID   NAME\na-1  web\na-2  db\n");
  EXPECT_EQ(parse_json(list_as(Format::json)).value(),
            parse_json(R"({"schema":"rsctl.agents.v1","items":[{"id":"a-1","name":"web"},{"id":"a-2","name":"db"}]})").value());
  EXPECT_EQ(list_as(Format::ndjson),
            "{\"schema\":\"rsctl.agents.v1\",\"id\":\"a-1\",\"name\":\"web\"}\n"
            "{\"schema\":\"rsctl.agents.v1\",\"id\":\"a-2\",\"name\":\"db\"}\n");
  EXPECT_EQ(list_as(Format::yaml), "schema: rsctl.agents.v1\nitems:\n  - id: a-1\n    name: web\n  - id: a-2\n    name: db\n");
  EXPECT_EQ(list_as(Format::name), "web\ndb\n");
}

TEST(Render, AnItemInEachFormat) {
  EXPECT_EQ(item_as(Format::table), "id    a-1\nname  web\n");
  EXPECT_EQ(item_as(Format::json), "{\n  \"schema\": \"rsctl.agent.v1\",\n  \"id\": \"a-1\",\n  \"name\": \"web\"\n}\n");
  EXPECT_EQ(item_as(Format::ndjson), "{\"schema\":\"rsctl.agent.v1\",\"id\":\"a-1\",\"name\":\"web\"}\n");
  EXPECT_EQ(item_as(Format::yaml), "schema: rsctl.agent.v1\nid: a-1\nname: web\n");
  EXPECT_EQ(item_as(Format::name), "web\n");
}

TEST(Render, KeepsTheSchemaBesideTheFieldsAskedFor) {
  EXPECT_EQ(item_as(Format::ndjson, {"id"}), "{\"schema\":\"rsctl.agent.v1\",\"id\":\"a-1\"}\n");
  EXPECT_EQ(list_as(Format::table, {"name"}), "NAME\nweb\ndb\n");
}

TEST(Render, RefusesAFieldThatNoItemHas) {
  EXPECT_EQ(render_list({Format::json, {"x"}}, "s", kItems).error().code, Errc::usage);
  EXPECT_EQ(render_item({Format::table, {"x"}}, "s", kItems[0]).error().code, Errc::usage);
}

TEST(Render, AnEmptyListIsStillADocument) {
  EXPECT_EQ(render_list({Format::json, {}}, "s", {}).value(), "{\n  \"schema\": \"s\",\n  \"items\": []\n}\n");
  EXPECT_EQ(render_list({Format::ndjson, {}}, "s", {}).value(), "");
}

TEST(Render, NamesAnItemByItsIdOrFirstFieldWhereItHasNoName) {
  EXPECT_EQ(render_item({Format::name, {}}, "s", Node::Object{{"x", "1"}, {"id", "7"}}).value(), "7\n");
  EXPECT_EQ(render_item({Format::name, {}}, "s", Node::Object{{"code", 3}}).value(), "3\n");
}

TEST(Render, KnowsItsFormatsByName) {
  EXPECT_EQ(format_from_name("ndjson").value(), Format::ndjson);
  EXPECT_EQ(format_from_name("xml").error().message, "no output format 'xml'; there are table json ndjson yaml name");
}

} // namespace
