#include "describe/render.hpp"

#include "base/os_string.hpp"
#include "describe/describe.hpp"
#include "describe/table.hpp"

namespace rs::describe {

RS_DESCRIBE_ENUM(Format, table, json, ndjson, yaml, name)

namespace {

Node with_schema(std::string_view schema, const Node& item) {
  Node::Object out{{"schema", schema}};
  if (const auto* object = item.get_if<Node::Object>()) out.insert(out.end(), object->begin(), object->end());
  else out.emplace_back("value", item);
  return out;
}

std::string name_line(const Node& item) {
  const Node* found = item.find("name");
  if (found == nullptr) found = item.find("id");
  if (const auto* object = item.get_if<Node::Object>(); found == nullptr && object != nullptr && !object->empty()) {
    found = &object->front().second;
  }
  const Node& value = found == nullptr ? item : *found;
  const auto* text = value.get_if<std::string>();
  return escape_for_display(text == nullptr ? write_json(value) : *text) + "\n";
}

std::string written(Format format, const Node& document) {
  if (format == Format::yaml) return write_yaml(document);
  return (format == Format::json ? write_json_indented(document) : write_json(document)) + "\n";
}

} // namespace

Result<Format> format_from_name(std::string_view name) {
  if (const auto format = enum_from_name<Format>(name)) return *format;
  std::string message = "no output format '" + std::string(name) + "'; there are";
  for (const auto& row : kEnumRows<Format>) message.append(" ").append(row.name);
  return fail(Errc::usage, std::move(message));
}

Result<std::string> render_item(const View& view, std::string_view schema, const Node& item) {
  RS_TRY(const Node picked, pick(item, view.fields, view.known));
  if (view.format == Format::name) return name_line(item);
  if (view.format == Format::table) return to_table(picked, view.fields);
  return written(view.format, with_schema(schema, picked));
}

Result<std::string> render_list(const View& view, std::string_view schema, const std::vector<Node>& items) {
  RS_TRY(const Node picked, pick(Node(items), view.fields, view.known));
  std::string out;
  switch (view.format) {
    case Format::table: return to_table(picked, view.fields);
    case Format::name:
      for (const auto& item : items) out += name_line(item);
      return out;
    case Format::ndjson:
      for (const auto& item : *picked.get_if<Node::Array>()) out += written(Format::ndjson, with_schema(schema, item));
      return out;
    case Format::json:
    case Format::yaml: return written(view.format, Node::Object{{"schema", schema}, {"items", picked}});
  }
  return out;
}

} // namespace rs::describe
