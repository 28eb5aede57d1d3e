#include "relayd/api/openapi.hpp"

#include "relayd/api/context.hpp"

#include <gtest/gtest.h>

#include <set>

namespace rs::relay::test {
namespace {

using describe::Node;

const Node& at(const Node& node, std::initializer_list<std::string_view> path) {
  static const Node nothing;
  const auto* here = &node;
  for (const auto key : path) {
    here = here->find(key);
    if (!here) return nothing;
  }
  return *here;
}

std::string text(const Node& node) { return node.get_if<std::string>() ? *node.get_if<std::string>() : ""; }

const Node& operation(const Node& document, const api::Row& row) {
  std::string method(row.method);
  for (auto& c : method) c = static_cast<char>(std::tolower(c));
  return at(document, {"paths", std::string(row.path) + (row.path.ends_with('/') ? "{id}" : ""), method});
}

TEST(OpenApi, HasEveryRowOfTheApi) {
  const auto document = api::openapi_document();
  std::set<std::string> ids;
  std::size_t rows = 0;
  for (const auto resource : api::all_rows()) {
    for (const auto& row : resource) {
      const auto& said = operation(document, row);
      EXPECT_EQ(text(at(said, {"summary"})), row.summary) << row.path;
      EXPECT_FALSE(row.summary.empty()) << row.path;
      EXPECT_EQ(at(said, {"security"}).get_if<Node::Array>()->size(), row.sign_in ? 1U : 0U) << row.path;
      EXPECT_EQ(!at(said, {"requestBody", "content", "application/json", "schema"}).is_null(), row.request != nullptr)
          << row.path;
      EXPECT_EQ(!at(said, {"responses", "200", "content"}).is_null(), row.response != nullptr) << row.path;
      EXPECT_EQ(text(at(said, {"responses", "default", "$ref"})), "#/components/responses/error");
      ids.insert(text(at(said, {"operationId"})));
      ++rows;
    }
  }
  EXPECT_EQ(ids.size(), rows);
}

TEST(OpenApi, SaysWhatItIsAndResolvesItsReferences) {
  const auto document = api::openapi_document();
  EXPECT_EQ(text(at(document, {"openapi"})), "3.1.0");
  EXPECT_FALSE(text(at(document, {"info", "version"})).empty());
  EXPECT_EQ(text(at(document, {"components", "securitySchemes", "call", "name"})), "RS-Call");
  EXPECT_EQ(text(at(document, {"components", "securitySchemes", "certificate", "name"})), "RS-Certificate");
  EXPECT_FALSE(at(document, {"components", "responses", "error", "content", "application/json", "schema", "properties", "error",
                             "properties", "code"})
                   .is_null());
}

TEST(OpenApi, DescribesBodiesAsTheirStructs) {
  const auto document = api::openapi_document();
  const auto& login =
      at(document, {"paths", "/v1/login", "post", "requestBody", "content", "application/json", "schema", "properties"});
  for (const auto* field : {"tenant", "email", "password", "sign", "noise"}) EXPECT_TRUE(login.find(field)) << field;
  EXPECT_TRUE(
      at(document, {"paths", "/v1/audit", "get", "responses", "200", "content", "application/json", "schema", "properties"})
          .find("items"));
}

TEST(OpenApi, NamesTheParametersOfPathAndQuery) {
  const auto document = api::openapi_document();
  std::vector<std::string> names;
  for (const auto& one : *at(document, {"paths", "/v1/audit", "get", "parameters"}).get_if<Node::Array>())
    names.push_back(text(*one.find("name")));
  EXPECT_EQ(names, (std::vector<std::string>{"writer", "after", "limit", "since", "actor", "action"}));
  const auto& tail = at(document, {"paths", "/v1/agents/{id}", "get", "parameters"}).get_if<Node::Array>()->at(0);
  EXPECT_EQ(text(at(tail, {"in"})), "path");
  EXPECT_EQ(*at(tail, {"required"}).get_if<bool>(), true);
}

} // namespace
} // namespace rs::relay::test
