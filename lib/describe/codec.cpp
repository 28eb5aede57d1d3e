#include "describe/codec_impl.hpp"

#include <algorithm>

namespace rs::describe::detail {
namespace {

constexpr std::size_t kShownNameBytes = 64;

std::string shown(std::string_view name) { return escape_for_display(name.substr(0, kShownNameBytes)); }

std::string article(std::string_view noun) {
  return (std::string_view("aio").find(noun[0]) == std::string_view::npos ? "a " : "an ") + std::string(noun);
}

} // namespace

Error expected(std::string_view what, const Node& got) {
  const auto kind = kind_name(got.kind());
  return fail(Errc::invalid, ": expected " + std::string(what) + ", got " + (got.is_null() ? std::string(kind) : article(kind)));
}

Error in_field(std::string_view name, Error error) {
  const bool deeper = !error.message.starts_with(':') && !error.message.starts_with('[');
  error.message.insert(0, shown(name) + (deeper ? "." : ""));
  return error;
}

Error in_item(std::size_t index, Error error) {
  const bool deeper = !error.message.starts_with(':') && !error.message.starts_with('[');
  error.message.insert(0, "[" + std::to_string(index) + "]" + (deeper ? "." : ""));
  return error;
}

Error missing_field(std::string_view name) { return in_field(name, fail(Errc::invalid, ": missing")); }

Error finished(Error error) {
  if (error.message.starts_with(": ")) error.message.erase(0, 2);
  return error;
}

Result<std::int64_t> read_signed(const Node& node, std::int64_t least, std::int64_t most) {
  const auto* value = node.get_if<std::int64_t>();
  if (value == nullptr && node.kind() != Node::Kind::unsigned_integer) return expected("an integer", node);
  if (value == nullptr || *value < least || *value > most) {
    return fail(Errc::invalid, ": must be " + std::to_string(least) + " to " + std::to_string(most));
  }
  return *value;
}

Result<std::uint64_t> read_unsigned(const Node& node, std::uint64_t most) {
  const auto* value = node.get_if<std::int64_t>();
  const auto* large = node.get_if<std::uint64_t>();
  if (value == nullptr && large == nullptr) return expected("an integer", node);
  const auto number = large != nullptr ? *large : static_cast<std::uint64_t>(*value);
  if ((value != nullptr && *value < 0) || number > most) return fail(Errc::invalid, ": must be 0 to " + std::to_string(most));
  return number;
}

Result<std::string_view> read_string(const Node& node, std::string_view what) {
  const auto* text = node.get_if<std::string>();
  if (text == nullptr) return expected(what, node);
  return std::string_view(*text);
}

Result<Bytes> read_bytes(const Node& node) {
  RS_TRY(const auto text, read_string(node, "base64url text"));
  auto bytes = from_base64url(text);
  if (!bytes) return fail(Errc::invalid, ": expected base64url text without padding");
  return std::move(*bytes);
}

Result<std::size_t> read_name(const Node& node, std::span<const std::string_view> names) {
  RS_TRY(const auto text, read_string(node, "a string"));
  const auto at = std::find(names.begin(), names.end(), text);
  if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
  std::string message = ": expected one of";
  for (const auto name : names) message.append(" ").append(name);
  return fail(Errc::invalid, std::move(message));
}

Result<void> refuse_unknown(const Node& node, std::span<const std::string_view> known) {
  for (const auto& [key, value] : *node.get_if<Node::Object>()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) return in_field(key, fail(Errc::invalid, ": unknown field"));
  }
  return {};
}

Node schema_of(std::string_view type) { return Node::Object{{"type", type}}; }

Node schema_of(std::string_view type, std::string_view keyword, Node value) {
  return Node::Object{{"type", type}, {std::string(keyword), std::move(value)}};
}

Node nullable_schema(Node schema) {
  if (schema.find("type") == nullptr) return schema;
  return Node::Object{{"anyOf", Node::Array{std::move(schema), schema_of("null")}}};
}

Node object_schema(Node::Object properties, Node::Array required) {
  Node out = schema_of("object", "properties", std::move(properties));
  if (!required.empty()) out.set("required", std::move(required));
  out.set("additionalProperties", false);
  return out;
}

Node Codec<bool>::encode(const bool& value) { return value; }
Result<void> Codec<bool>::decode(const Node& node, Unknown, bool& out) {
  const auto* value = node.get_if<bool>();
  if (value == nullptr) return expected("a boolean", node);
  out = *value;
  return {};
}
Node Codec<bool>::schema() { return schema_of("boolean"); }

Node Codec<double>::encode(const double& value) { return value; }
Result<void> Codec<double>::decode(const Node& node, Unknown, double& out) {
  if (const auto* real = node.get_if<double>()) out = *real;
  else if (const auto* integer = node.get_if<std::int64_t>()) out = static_cast<double>(*integer);
  else if (const auto* large = node.get_if<std::uint64_t>()) out = static_cast<double>(*large);
  else return expected("a number", node);
  return {};
}
Node Codec<double>::schema() { return schema_of("number"); }

Node Codec<std::string>::encode(const std::string& value) { return value; }
Result<void> Codec<std::string>::decode(const Node& node, Unknown, std::string& out) {
  RS_TRY(out, read_string(node, "a string"));
  return {};
}
Node Codec<std::string>::schema() { return schema_of("string"); }

Node Codec<OsString>::encode(const OsString& value) {
  if (is_utf8(value.bytes)) return value.bytes;
  return Node::Object{{"base64", base64(as_bytes(value.bytes))}};
}
Result<void> Codec<OsString>::decode(const Node& node, Unknown, OsString& out) {
  if (const auto* text = node.get_if<std::string>()) {
    out.bytes = *text;
    return {};
  }
  const auto* object = node.get_if<Node::Object>();
  const Node* inner = node.find("base64");
  if (inner == nullptr || object->size() != 1) return expected("a string or {\"base64\":…}", node);
  const auto* text = inner->get_if<std::string>();
  const auto bytes = text == nullptr ? Result<Bytes>(fail(Errc::invalid, "")) : from_base64(*text);
  if (!bytes) return in_field("base64", fail(Errc::invalid, ": expected padded base64 text"));
  out.bytes = to_text(*bytes);
  return {};
}
Node Codec<OsString>::schema() {
  Node encoded = object_schema({{"base64", schema_of("string", "contentEncoding", "base64")}}, {"base64"});
  return Node::Object{{"anyOf", Node::Array{schema_of("string"), std::move(encoded)}}};
}

Node Codec<Bytes>::encode(const Bytes& value) { return base64url(value); }
Result<void> Codec<Bytes>::decode(const Node& node, Unknown, Bytes& out) {
  RS_TRY(out, read_bytes(node));
  return {};
}
Node Codec<Bytes>::schema() { return schema_of("string", "contentEncoding", "base64url"); }

Node Codec<WallTime>::encode(const WallTime& value) { return to_rfc3339(value); }
Result<void> Codec<WallTime>::decode(const Node& node, Unknown, WallTime& out) {
  RS_TRY(const auto text, read_string(node, "a time"));
  const auto time = from_rfc3339(text);
  if (!time) return fail(Errc::invalid, ": expected an RFC 3339 time in UTC (2026-01-31T12:00:00Z)");
  out = *time;
  return {};
}
Node Codec<WallTime>::schema() { return schema_of("string", "format", "date-time"); }

Node Codec<Millis>::encode(const Millis& value) { return format_duration(value); }
Result<void> Codec<Millis>::decode(const Node& node, Unknown, Millis& out) {
  RS_TRY(const auto text, read_string(node, "a duration"));
  const auto duration = parse_duration(text);
  if (!duration) return fail(Errc::invalid, ": expected a duration (30s 5m 2h 7d)");
  out = *duration;
  return {};
}
Node Codec<Millis>::schema() { return schema_of("string", "pattern", "^[0-9]+(ms|s|m|h|d)$"); }

Node Codec<Errc>::encode(const Errc& value) { return name(value); }
Result<void> Codec<Errc>::decode(const Node& node, Unknown, Errc& out) {
  RS_TRY(const auto text, read_string(node, "an error code"));
  const auto code = errc_from_name(text);
  if (!code) return fail(Errc::invalid, ": expected an error code");
  out = *code;
  return {};
}
Node Codec<Errc>::schema() {
  Node::Array names;
  for (const auto& row : all_errors()) names.push_back(row.name);
  return schema_of("string", "enum", std::move(names));
}

Node Codec<Node>::encode(const Node& value) { return value; }
Result<void> Codec<Node>::decode(const Node& node, Unknown, Node& out) {
  out = node;
  return {};
}
Node Codec<Node>::schema() { return Node::Object{}; }

} // namespace rs::describe::detail
