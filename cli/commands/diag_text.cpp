#include "cli/commands/diag_text.hpp"

#include "base/os_string.hpp"
#include "describe/table.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace rs::cli {
namespace {

using describe::Node;

constexpr std::string_view kIndent = "  ";

std::string tenths(double value) {
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.1f", value);
  return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

// Powers of 1024, as the command line takes sizes.
std::string size_text(std::uint64_t bytes) {
  constexpr std::string_view kUnits = "KMGTPE";
  if (bytes < 1024) return std::to_string(bytes);
  auto value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return tenths(value) + kUnits[unit];
}

std::string duration_text(std::uint64_t seconds) {
  const auto days = seconds / 86'400, hours = seconds / 3600 % 24, minutes = seconds / 60 % 60;
  if (days != 0) return std::to_string(days) + "d " + std::to_string(hours) + "h";
  if (hours != 0) return std::to_string(hours) + "h " + std::to_string(minutes) + "m";
  return std::to_string(minutes) + "m " + std::to_string(seconds % 60) + "s";
}

std::optional<std::uint64_t> count_of(const Node& node) {
  if (const auto* value = node.get_if<std::int64_t>(); value != nullptr && *value >= 0) return static_cast<std::uint64_t>(*value);
  if (const auto* value = node.get_if<std::uint64_t>()) return *value;
  return std::nullopt;
}

bool cut_suffix(std::string& name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  name.resize(name.size() - suffix.size());
  return true;
}

// A member whose name tells its unit: the name without it, the value with it.
Node::Member with_unit(std::string name, const Node& value) {
  const auto count = count_of(value);
  if (count && cut_suffix(name, "_bytes")) return {std::move(name), size_text(*count)};
  if (count && cut_suffix(name, "_seconds")) return {std::move(name), duration_text(*count)};
  const auto* real = value.get_if<double>();
  if (real != nullptr && cut_suffix(name, "_percent")) return {name == "used" ? "use" : name, tenths(*real) + "%"};
  return {std::move(name), value};
}

Node with_units(const Node& node) {
  if (const auto* array = node.get_if<Node::Array>()) {
    Node::Array out;
    for (const auto& item : *array) out.push_back(with_units(item));
    return out;
  }
  const auto* object = node.get_if<Node::Object>();
  if (object == nullptr) return node;
  Node::Object out;
  for (const auto& [name, value] : *object) out.push_back(with_unit(name, with_units(value)));
  return out;
}

std::string indented(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    out.append(kIndent).append(text, at, end - at + 1);
    at = end + 1;
  }
  return out;
}

bool is_empty_list(const Node& node) {
  const auto* array = node.get_if<Node::Array>();
  return array != nullptr && array->empty();
}

std::string list_block(const std::string& name, const Node& list) {
  return "\n" + std::string(kIndent) + escape_for_display(name) + "\n" + indented(describe::to_table(list));
}

// What is no list stands above the lists.
std::string section_block(const std::string& name, const Node& section) {
  std::string out = escape_for_display(name) + "\n";
  const auto* members = section.get_if<Node::Object>();
  if (members == nullptr) return out + indented(describe::to_table(section));
  Node::Object plain;
  std::string lists;
  for (const auto& [key, value] : *members) {
    if (key == "left_out" && count_of(value) == 0) continue;
    if (value.kind() != Node::Kind::array) plain.emplace_back(key, value);
    else if (!is_empty_list(value)) lists += list_block(key, value);
  }
  if (plain.empty() && !lists.empty()) lists.erase(0, 1);
  return out + indented(describe::to_table(plain)) + lists;
}

} // namespace

std::string diag_text(const Node& report) {
  std::string out;
  const auto shown = with_units(report);
  const auto* sections = shown.get_if<Node::Object>();
  if (sections == nullptr) return out;
  for (const auto& [name, section] : *sections) {
    if (is_empty_list(section)) continue;
    out += (out.empty() ? "" : "\n") + section_block(name, section);
  }
  return out;
}

} // namespace rs::cli
