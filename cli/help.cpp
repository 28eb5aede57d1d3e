#include "cli/help.hpp"

#include <algorithm>
#include <map>

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

constexpr TargetExample kTargetExamples[] = {
    {"web1 a-k3xq", "two agents: by name, and by the beginning of an id (4 characters at least)"},
    {"-l role=web", "whose tag role is web"},
    {"-l 'tag.role, !online'", "that have a tag role and are not online"},
    {"-l 'site=\"St. Gallen, East\"'", "a value in quotes may hold any character"},
    {"-l 'role=web|role=db,online'", ", binds tighter than |: each role=web, and each role=db that is online"},
    {"-l '(role=web|role=db),online'", "both roles, where online"},
    {"-l 'name~^web[0-9]+$'", "whose name matches; ~ searches anywhere, so ^ and $ tie it"},
    {"-l 'os~\"Debian 1[12]\",version!=0.1'", "by what the relay says of them"},
    {"-w 'web[01-20],db[1,3]'", "names; a range keeps its width"},
    {"-w 'rack[1-3]n[01-10]'", "thirty names: rack1n01 to rack3n10"},
    {"-w ^web.txt -x web07", "the names in a file, without one"},
    {"--all -x 'test[1-9]'", "all agents but those"},
};

constexpr std::string_view kTargetGrammar = R"(Targets are named in these ways, each adding to the others:

  A …        names, ids, or the beginning of an id that only one agent has
  -l EXPR    what an expression chooses
  -w LIST    names with ranges; ^FILE: the names in a file (blanks, commas or lines part them, # begins a comment);
             -: the same from stdin
  --all      all agents
  -x LIST    takes away again; LIST as in -w, each name that of an agent

EXPR is made of
  KEY=VALUE  tag.KEY=VALUE      a tag that has this value
  tag.KEY                       there is such a tag
  name os version user online   fields, compared as tags are (online: true or false); alone: it has a value
  =  !=  ~                      is, is not (or is missing), matches a regular expression (ECMAScript, searched)
  ,  |  !  ( )                  and, or, not, groups; ',' binds tighter than '|'
A value may stand in '…' or "…"; without them it ends at a blank or one of , | ( ). A regular expression has at most 256
bytes, and neither back-references nor lookahead: it always ends in time.

Names and tags count as the agents' certificates have them; os, version, user and online are the relay's word.
A name that is not found is 'no-match' (exit code 3), as is nothing at all; --allow-empty goes on. At most 100,000 names.
'rsctl targets …' shows what a selection means.

Examples:
)";

} // namespace

std::span<const TargetExample> target_examples() { return kTargetExamples; }

std::string help_on_targets() {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& row : kTargetExamples) rows.emplace_back(row.targets, row.meaning);
  return std::string(kTargetGrammar) + two_columns(rows);
}

std::vector<ExitCodeRow> exit_code_rows() {
  std::map<int, ExitCodeRow> rows{
      {0, {0, "", "done, for all targets"}},
      {kExitLimit, {kExitLimit, "", "remote command killed by --limit"}},
      {kExitOwn, {kExitOwn, "", "single exec or shell: any failure of rsctl's own; the code of the JSON error tells which"}}};
  for (const auto& error : all_errors()) {
    auto& row = rows[error.exit_code];
    row.exit_code = error.exit_code;
    row.codes += (row.codes.empty() ? "" : " ") + std::string(error.name);
    row.meaning += (row.meaning.empty() ? "" : "; ") + std::string(error.meaning);
  }
  std::vector<ExitCodeRow> out;
  for (auto& [code, row] : rows) out.push_back(std::move(row));
  return out;
}

std::string usage_line(const Verb& verb) {
  std::string line = "rsctl " + std::string(verb.words);
  const std::string name(verb.positional_name);
  if (verb.positional == Positional::one || verb.positional == Positional::many) line += " " + name;
  if (verb.positional == Positional::optional || verb.positional == Positional::any) line += " [" + name + "]";
  if (!verb.options.empty()) line += " [options]";
  if (verb.takes_command) line += " -- CMD…";
  return line;
}

std::string help_overview() {
  std::vector<const Verb*> all;
  for (const auto& verb : verbs()) all.push_back(&verb);
  return "Usage: rsctl COMMAND [options]\n\nCommands:\n" + verb_list(all) + "\nOptions of every command:\n" +
         option_list(global_options()) +
         "\n'rsctl COMMAND --help' says more; 'rsctl help exit-codes', 'rsctl help environment' and 'rsctl help targets' say "
         "what "
         "scripts rely on.\n";
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
