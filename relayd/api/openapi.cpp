#include "relayd/api/openapi.hpp"

#include "base/version.hpp"
#include "relayd/api/context.hpp"
#include "wire/api.hpp"

#include <algorithm>

namespace rs::relay::api {
namespace {

using describe::Node;

constexpr std::string_view kSegment = "id"; // the name of what stands behind a path that ends in '/'

Node object(std::initializer_list<Node::Member> members) { return Node(Node::Object(members)); }

Node json_content(Schema schema) { return object({{"application/json", object({{"schema", schema()}})}}); }

Node parameter(std::string_view name, std::string_view in, bool required) {
  return object({{"name", name}, {"in", in}, {"required", required}, {"schema", object({{"type", "string"}})}});
}

Node::Array parameters_of(const Row& row) {
  Node::Array out;
  if (row.path.ends_with('/')) out.push_back(parameter(kSegment, "path", true));
  for (auto rest = row.query; !rest.empty();) {
    const auto name = rest.substr(0, rest.find(' '));
    out.push_back(parameter(name, "query", false));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
  }
  return out;
}

// "get /v1/agents/" → "get-v1-agents-id": unique, as method and path are.
std::string operation_id(std::string_view method, std::string_view path) {
  std::string out = std::string(method) + std::string(path);
  if (path.ends_with('/')) out += kSegment;
  std::replace_if(out.begin(), out.end(), [](char c) { return c == '/' || c == '.'; }, '-');
  return out;
}

Node operation(const Row& row, std::string_view method) {
  Node out = object({{"operationId", operation_id(method, row.path)}, {"summary", row.summary}});
  if (auto parameters = parameters_of(row); !parameters.empty()) out.set("parameters", std::move(parameters));
  if (row.request) out.set("requestBody", object({{"required", true}, {"content", json_content(row.request)}}));
  Node good = object({{"description", "Done"}});
  if (row.response) good.set("content", json_content(row.response));
  out.set("responses", object({{"200", std::move(good)}, {"default", object({{"$ref", "#/components/responses/error"}})}}));
  // A caller proves both at once: who it is, and that this request is its own.
  Node::Array security;
  if (row.sign_in) security.push_back(object({{"certificate", Node::Array()}, {"call", Node::Array()}}));
  out.set("security", std::move(security));
  return out;
}

Node paths() {
  Node out = object({});
  for (const auto rows : all_rows()) {
    for (const auto& row : rows) {
      std::string path(row.path);
      if (path.ends_with('/')) path += "{" + std::string(kSegment) + "}";
      std::string method(row.method);
      std::transform(method.begin(), method.end(), method.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
      Node item = out.find(path) ? *out.find(path) : object({});
      item.set(method, operation(row, method));
      out.set(path, std::move(item));
    }
  }
  return out;
}

Node header_scheme(std::string_view header, std::string_view description) {
  return object({{"type", "apiKey"}, {"in", "header"}, {"name", header}, {"description", description}});
}

Node components() {
  const Node error_schema = object({{"type", "object"},
                                    {"required", Node::Array{"error"}},
                                    {"properties", object({{"error", describe::schema<describe::ErrorReport>()}})}});
  return object(
      {{"securitySchemes",
        object({{"certificate",
                 header_scheme(wire::api::kCertificateHeader, "The device's certificate, a JWS of type rs-technician")},
                {"call", header_scheme(wire::api::kCallHeader,
                                       "A JWS of type rs-call by the device key over this request; good once")}})},
       {"responses",
        object({{"error", object({{"description", "Refused, or failed; code says which"},
                                  {"content", object({{"application/json", object({{"schema", error_schema}})}})}})}})}});
}

void openapi(Context&, Request, Reply reply) {
  static const Node document = openapi_document();
  reply(json_response(document));
}

constexpr Row kRows[] = {{"GET", "/v1/openapi.json", false, openapi, "This document"}};

} // namespace

std::span<const Row> openapi_rows() { return kRows; }

Node openapi_document() {
  return object({{"openapi", "3.1.0"},
                 {"info", object({{"title", "relayd"}, {"version", kVersion}})},
                 {"paths", paths()},
                 {"components", components()}});
}

} // namespace rs::relay::api
