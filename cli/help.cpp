#include "cli/help.hpp"

#include <algorithm>

namespace rs::cli {
namespace {

constexpr std::size_t kGap = 2;

// Columns by characters, not bytes: "…" is one.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t widest = 0;
  for (const auto& row : rows) widest = std::max(widest, width(row.first));
  std::string out;
  for (const auto& [left, right] : rows) out += "  " + left + std::string(widest - width(left) + kGap, ' ') + right + "\n";
  return out;
}

std::string option_head(const OptionRow& row) {
  std::string head = row.short_name.empty() ? "" : std::string(row.short_name) + ", ";
  head += row.name;
  if (!row.value.empty()) head += " " + std::string(row.value);
  if (row.repeats) head += " …";
  return head;
}

std::string option_list(std::span<const OptionRow> options) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& row : options) rows.emplace_back(option_head(row), row.help);
  return two_columns(rows);
}

std::string verb_list(std::span<const Verb* const> verbs) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto* verb : verbs) {
    std::string head(verb->words);
    if (verb->positional != Positional::none) head += " " + std::string(verb->positional_name);
    rows.emplace_back(head, verb->summary);
  }
  return two_columns(rows);
}

} // namespace

std::string usage_line(const Verb& verb) {
  std::string line = "rsctl " + std::string(verb.words);
  const std::string name(verb.positional_name);
  if (verb.positional == Positional::one) line += " " + name;
  if (verb.positional == Positional::optional) line += " [" + name + "]";
  if (!verb.options.empty()) line += " [options]";
  if (verb.takes_command) line += " -- CMD…";
  return line;
}

std::string help_overview() {
  std::vector<const Verb*> all;
  for (const auto& verb : verbs()) all.push_back(&verb);
  return "Usage: rsctl COMMAND [options]\n\nCommands:\n" + verb_list(all) + "\nOptions of every command:\n" +
         option_list(global_options()) +
         "\n'rsctl COMMAND --help' says more; 'rsctl help exit-codes' and 'rsctl help environment' list what scripts rely on.\n";
}

std::string help_on(const Verb& verb) {
  std::string out = "Usage: " + usage_line(verb) + "\n\n" + std::string(verb.summary) + "\n";
  if (!verb.positional_choices.empty())
    out += "\n" + std::string(verb.positional_name) + ": " + std::string(verb.positional_choices) + "\n";
  if (!verb.options.empty()) out += "\nOptions:\n" + option_list(verb.options);
  return out + "\nOptions of every command:\n" + option_list(global_options());
}

std::string help_on_group(std::span<const Verb* const> verbs) {
  return "Commands:\n" + verb_list(verbs) + "\n'rsctl COMMAND --help' says more.\n";
}

} // namespace rs::cli
