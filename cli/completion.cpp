#include "cli/completion.hpp"

#include "cli/verbs.hpp"

#include <set>

namespace rs::cli {
namespace {

std::string joined(const std::set<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

// What may follow each beginning of a command line: "" → first words, "agents" → "list show", "exec" → its options.
std::map<std::string, std::set<std::string>> words_after() {
  std::map<std::string, std::set<std::string>> after;
  for (const auto& verb : verbs()) {
    std::string so_far;
    for (const auto& word : split_list(verb.words, ' ')) {
      after[so_far].insert(word);
      so_far += (so_far.empty() ? "" : " ") + word;
    }
    auto& own = after[so_far];
    for (const auto& option : verb.options) own.insert(std::string(option.name));
    for (const auto& choice : split_list(verb.positional_choices, ' ')) own.insert(choice);
  }
  return after;
}

// The values of options that take one of a few.
std::map<std::string, std::string> choices() {
  std::map<std::string, std::string> out;
  const auto add = [&](std::span<const OptionRow> rows) {
    for (const auto& row : rows) {
      if (row.choices.empty()) continue;
      out[std::string(row.name)] = row.choices;
      if (!row.short_name.empty()) out[std::string(row.short_name)] = row.choices;
    }
  };
  add(global_options());
  for (const auto& verb : verbs()) add(verb.options);
  return out;
}

std::string globals() {
  std::set<std::string> names;
  for (const auto& row : global_options()) names.insert(std::string(row.name));
  return joined(names);
}

// The words of the command are those that are no options; two at most name one.
std::string bash_function() {
  std::string out = R"(_rsctl() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} word line='' words=''
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -- ]] && return
    [[ $word == -* ]] || line+=${line:+ }$word
  done
  case $previous in
)";
  for (const auto& [option, values] : choices()) out += "    " + option + ") words='" + values + "' ;;\n";
  out += "  esac\n  if [[ -z $words ]]; then\n    case $line in\n";
  const auto after = words_after();
  for (auto row = after.rbegin(); row != after.rend(); ++row) { // longer lines stand before their beginnings
    const auto pattern = row->first.empty() ? "''" : "'" + row->first + "'|'" + row->first + " '*";
    out += "      " + pattern + ") words='" + joined(row->second) + "' ;;\n";
  }
  out +=
      "    esac\n    words+=' " + globals() + "'\n  fi\n  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\n";
  return out;
}

std::string bash_script() { return bash_function() + "complete -o default -F _rsctl rsctl\n"; }

std::string zsh_script() {
  return "#compdef rsctl\nautoload -U +X bashcompinit && bashcompinit\n" + bash_function() +
         "complete -o default -F _rsctl rsctl\n";
}

std::string fish_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string fish_option(const OptionRow& row, const std::string& condition) {
  std::string out = "complete -c rsctl" + condition;
  if (!row.short_name.empty()) out += " -s " + std::string(row.short_name.substr(1));
  out += " -l " + std::string(row.name.substr(2));
  if (!row.value.empty()) out += " -r";
  if (!row.choices.empty()) out += " -f -a '" + std::string(row.choices) + "'";
  return out + " -d '" + fish_escaped(row.help) + "'\n";
}

std::string fish_script() {
  std::string out = "complete -c rsctl -f\n";
  for (const auto& row : global_options()) out += fish_option(row, "");
  std::set<std::string> first_words;
  for (const auto& verb : verbs()) {
    const auto words = split_list(verb.words, ' ');
    std::string condition = " -n '__fish_seen_subcommand_from " + words[0] + "'";
    const auto summary = fish_escaped(verb.summary);
    if (words.size() == 1) out += "complete -c rsctl -n __fish_use_subcommand -a " + words[0] + " -d '" + summary + "'\n";
    else if (first_words.insert(words[0]).second) out += "complete -c rsctl -n __fish_use_subcommand -a " + words[0] + "\n";
    if (words.size() > 1) {
      out += "complete -c rsctl" + condition + " -a " + words[1] + " -d '" + summary + "'\n";
      condition = " -n '__fish_seen_subcommand_from " + words[0] + "; and __fish_seen_subcommand_from " + words[1] + "'";
    }
    if (!verb.positional_choices.empty())
      out += "complete -c rsctl" + condition + " -a '" + std::string(verb.positional_choices) + "'\n";
    for (const auto& row : verb.options) out += fish_option(row, condition);
  }
  return out;
}

} // namespace

Result<std::string> completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script();
  if (shell == "zsh") return zsh_script();
  if (shell == "fish") return fish_script();
  return fail(Errc::usage, "no completion for '" + std::string(shell) + "'; there are bash, zsh and fish");
}

} // namespace rs::cli
