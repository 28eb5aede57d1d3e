#include "describe/table.hpp"

#include "base/os_string.hpp"

#include <algorithm>

namespace rs::describe {
namespace {

using Row = std::vector<std::string>;

std::string cell(const Node& node, bool nested);

std::string joined_members(const Node::Object& object) {
  std::string out;
  for (const auto& [key, value] : object) {
    if (!out.empty()) out += ',';
    out += key + "=" + cell(value, true);
  }
  return out;
}

std::string joined_items(const Node::Array& array) {
  std::string out;
  for (const auto& item : array) {
    if (!out.empty()) out += ',';
    out += cell(item, true);
  }
  return out;
}

std::string cell(const Node& node, bool nested) {
  if (const auto* text = node.get_if<std::string>()) return *text;
  if (const auto* array = node.get_if<Node::Array>()) return nested ? "[" + joined_items(*array) + "]" : joined_items(*array);
  if (const auto* object = node.get_if<Node::Object>())
    return nested ? "{" + joined_members(*object) + "}" : joined_members(*object);
  return node.is_null() ? "" : write_json(node);
}

std::string shown_cell(const Node* node) {
  std::string text = node == nullptr ? "" : escape_for_display(cell(*node, false));
  return text.empty() ? "-" : text;
}

std::string heading(std::string_view field) {
  std::string out(field);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return escape_for_display(out);
}

// Characters, not bytes; wide and combining ones count as one.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string aligned(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size()) out.append(widths[i] - width(row[i]) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

void add_keys(const Node& item, std::vector<std::string>& keys) {
  const auto* object = item.get_if<Node::Object>();
  if (object == nullptr) return;
  for (const auto& [key, value] : *object) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
}

std::vector<std::string> keys_of(const Node& node) {
  std::vector<std::string> keys;
  add_keys(node, keys);
  if (const auto* array = node.get_if<Node::Array>()) {
    for (const auto& item : *array) add_keys(item, keys);
  }
  return keys;
}

Node picked(const Node& item, const std::vector<std::string>& fields) {
  Node::Object out;
  for (const auto& field : fields) {
    if (const Node* value = item.find(field)) out.emplace_back(field, *value);
  }
  return out;
}

std::string list_table(const Node::Array& items, const std::vector<std::string>& columns) {
  std::vector<Row> rows(1);
  for (const auto& column : columns) rows[0].push_back(heading(column));
  for (const auto& item : items) {
    Row row;
    for (const auto& column : columns) row.push_back(shown_cell(item.find(column)));
    rows.push_back(std::move(row));
  }
  return columns.empty() ? std::string() : aligned(rows);
}

std::string object_table(const Node& object, const std::vector<std::string>& fields) {
  std::vector<Row> rows;
  for (const auto& field : fields) rows.push_back({escape_for_display(field), shown_cell(object.find(field))});
  return aligned(rows);
}

} // namespace

Result<void> check_fields(const std::vector<std::string>& fields, const std::vector<std::string>& known) {
  for (const auto& field : fields) {
    if (std::find(known.begin(), known.end(), field) != known.end()) continue;
    std::string message = "--fields: no field '" + field + "'; there are";
    for (const auto& key : known) message += " " + key;
    return fail(Errc::usage, std::move(message));
  }
  return {};
}

Result<Node> pick(const Node& node, const std::vector<std::string>& fields, const std::vector<std::string>& known) {
  const auto* array = node.get_if<Node::Array>();
  if (fields.empty()) return node;
  auto names = keys_of(node);
  for (const auto& field : known) {
    if (std::find(names.begin(), names.end(), field) == names.end()) names.push_back(field);
  }
  if (array == nullptr || !array->empty() || !known.empty()) {
    if (auto all_known = check_fields(fields, names); !all_known) return all_known.error();
  }
  if (array == nullptr) return picked(node, fields);
  Node::Array out;
  for (const auto& item : *array) out.push_back(picked(item, fields));
  return Node(std::move(out));
}

std::string to_table(const Node& node, const std::vector<std::string>& fields) {
  const auto columns = fields.empty() ? keys_of(node) : fields;
  if (node.kind() == Node::Kind::object) return object_table(node, columns);
  const auto* array = node.get_if<Node::Array>();
  if (array == nullptr) return shown_cell(&node) + "\n";
  const bool plain =
      std::none_of(array->begin(), array->end(), [](const Node& item) { return item.kind() == Node::Kind::object; });
  if (!plain || array->empty()) return list_table(*array, columns);
  std::string out;
  for (const auto& item : *array) out += shown_cell(&item) + "\n";
  return out;
}

} // namespace rs::describe
