#include "cli/man.hpp"

#include "cli/help.hpp"
#include "cli/settings.hpp"
#include "cli/verbs.hpp"

#include <algorithm>
#include <map>

namespace rs::cli {
namespace {

constexpr std::string_view kMark = ".\\\" @";
constexpr std::string_view kNote = "note ";

using Notes = std::map<std::string, std::string, std::less<>>;

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) text.replace(at, what.size(), with);
  return text;
}

// Text that roff takes as it is, with the characters that it would make typographic.
std::string escaped(std::string_view text) {
  std::string out(text);
  for (const auto& [what, with] :
       {std::pair("\\", "\\e"), {"\"", "\\(dq"}, {"'", "\\(aq"}, {"^", "\\(ha"}, {"~", "\\(ti"}, {"…", "..."}})
    out = replaced(std::move(out), what, with);
  if (out.starts_with('.')) out.insert(0, "\\&");
  return out;
}

// "run it; then stop" → "Run it; then stop."
std::string sentence(std::string_view text) {
  auto out = escaped(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out + ".\n";
}

// An argument of a macro line: a space, or a word that is itself a macro's name, must not be one there.
std::string argument(std::string_view text) { return "Ar \\&" + replaced(escaped(text), " ", " Ar \\&"); }

std::string option_item(const OptionRow& row) {
  std::string out = ".It ";
  if (!row.short_name.empty()) out += "Fl " + std::string(row.short_name.substr(1)) + " , ";
  out += "Fl " + std::string(row.name.substr(1));
  if (!row.value.empty()) out += " " + argument(row.value);
  out += "\n" + sentence(row.help);
  if (row.repeats) out += "May be given several times.\n";
  return out;
}

std::string option_list(std::span<const OptionRow> rows) {
  std::string out = ".Bl -tag -width Ds\n";
  for (const auto& row : rows) out += option_item(row);
  return out + ".El\n";
}

std::string choices_sentence(const Verb& verb) {
  if (verb.positional_choices.empty()) return {};
  return ".Ar " + escaped(verb.positional_name) + "\nis one of: " + escaped(verb.positional_choices) + ".\n";
}

std::string command_item(const Verb& verb, const Notes& notes) {
  std::string out = ".It Cm " + std::string(verb.words);
  const bool optional = verb.positional == Positional::optional || verb.positional == Positional::any;
  if (verb.positional != Positional::none) {
    const auto name = argument(verb.positional_name);
    out += optional ? " Oo " + name + " Oc" : " " + name;
  }
  if (!verb.options.empty()) out += " Op Ar options";
  if (verb.takes_command) out += " Fl - Ar CMD ...";
  out += "\n" + sentence(verb.summary) + choices_sentence(verb);
  if (const auto note = notes.find(verb.words); note != notes.end()) out += note->second;
  return verb.options.empty() ? out : out + option_list(verb.options);
}

std::string commands(const Notes& notes) {
  std::string out = ".Bl -tag -width Ds\n";
  for (const auto& verb : verbs()) out += command_item(verb, notes);
  return out + ".El\n";
}

std::string environment() {
  std::string out = ".Bl -tag -width Ds\n";
  for (const auto& row : variables()) out += ".It Ev " + std::string(row.name) + "\n" + sentence(row.meaning);
  return out + ".El\n";
}

std::string exit_status() {
  std::string out = ".Bl -tag -width Ds\n";
  for (const auto& row : exit_code_rows()) {
    out += ".It " + std::to_string(row.exit_code) + "\n";
    if (!row.codes.empty()) out += escaped(replaced(row.codes, " ", ", ")) + ":\n";
    out += escaped(row.meaning) + ".\n";
  }
  return out + ".El\n";
}

std::string examples() {
  std::string out = ".Bl -tag -width Ds\n";
  for (const auto& row : target_examples()) {
    out += ".It Li \"" + escaped(row.targets) + "\"\n" + sentence(row.meaning);
  }
  return out + ".El\n";
}

Result<std::string> list_for(std::string_view place, const Notes& notes) {
  if (place == "commands") return commands(notes);
  if (place == "options") return option_list(global_options());
  if (place == "environment") return environment();
  if (place == "exit-status") return exit_status();
  if (place == "target-examples") return examples();
  return fail(Errc::invalid, "no list is called '" + std::string(place) + "'");
}

// The text without its notes, which are filed by the commands that they are on.
Result<std::string> take_notes(std::string_view text, Notes& notes) {
  std::string page;
  std::string* into = &page;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.starts_with(std::string(kMark) + std::string(kNote))) {
      into->append(line).append("\n");
      continue;
    }
    const std::string words(line.substr(kMark.size() + kNote.size()));
    if (std::ranges::find(verbs(), words, &Verb::words) == verbs().end())
      return fail(Errc::invalid, "a note on '" + words + "', which is no command");
    into = &notes[words];
  }
  return page;
}

} // namespace

Result<std::string> man_page(std::string_view text) {
  Notes notes;
  RS_TRY(const auto page, take_notes(text, notes));
  std::string out;
  for (std::string_view rest = page; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n') + 1);
    rest.remove_prefix(line.size());
    if (!line.starts_with(kMark)) {
      out += line;
      continue;
    }
    RS_TRY(const auto list, list_for(line.substr(kMark.size(), line.size() - kMark.size() - 1), notes));
    out += list;
  }
  return out;
}

} // namespace rs::cli
