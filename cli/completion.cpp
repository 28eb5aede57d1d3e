#include "cli/completion.hpp"

#include "base/joined.hpp"
#include "cli/verbs.hpp"

#include <set>

namespace rs::cli {
namespace {

// What stands in the place of a verb's positionals.
enum class Place { words, agent, agent_path, file };

Place place_of(const Verb& verb) {
  if (verb.positional_name.find("A:") != std::string_view::npos) return Place::agent_path;
  if (split_list(verb.positional_name, ' ').empty()) return Place::words;
  const auto first = split_list(verb.positional_name, ' ').front();
  if (first == "A" || first == "A…") return Place::agent;
  return first.starts_with("FILE") || first.starts_with("SRC") ? Place::file : Place::words;
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

// "a|b|c" of the options that take a value, and of those of them whose value is a file.
std::string options_with_value(bool files_only) {
  std::set<std::string> names;
  const auto add = [&](std::span<const OptionRow> rows) {
    for (const auto& row : rows) {
      if (row.value.empty() || (files_only && !row.value.starts_with("FILE"))) continue;
      names.insert(std::string(row.name));
      if (!row.short_name.empty()) names.insert(std::string(row.short_name));
    }
  };
  add(global_options());
  for (const auto& verb : verbs()) add(verb.options);
  return joined(names, "|");
}

std::string globals() {
  std::set<std::string> names;
  for (const auto& row : global_options()) names.insert(std::string(row.name));
  return joined(names, " ");
}

std::string line_pattern(const std::string& words) { return words.empty() ? "''" : "'" + words + "'|'" + words + " '*"; }

// "      'exec'|'exec '*) kind=agent ;;" for each verb that has something to complete beside words.
std::string place_cases() {
  std::string out;
  for (const auto& verb : verbs()) {
    const auto place = place_of(verb);
    if (place == Place::words) continue;
    // "A": the first one; "A…": each.
    const std::string words(verb.words);
    const bool first_only = place == Place::agent && !verb.positional_name.starts_with("A…");
    const auto* kind = place == Place::agent ? "agent" : place == Place::agent_path ? "path" : "file";
    out += "    " + (first_only ? "'" + words + "'" : line_pattern(words)) + ") kind=" + kind + " ;;\n";
  }
  return out;
}

// Bash, and zsh through bashcompinit: nothing here is bash's alone but compopt, which is asked for first. The words of
// the command are those that are neither options nor their values. A ':' is a word of its own in bash.
std::string shell_function() {
  std::string out = R"(_rsctl_agents() {
  local wait=''
  command -v timeout >/dev/null 2>&1 && wait='timeout 2'
  $wait rsctl $1 agents list --cached -o name 2>/dev/null </dev/null
}
_rsctl_option() { type compopt >/dev/null 2>&1 && compopt "$@"; return 0; }
_rsctl() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
  local word='' line='' words='' kind='' profile='' before='' names='' name=''
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $before in
      -P|--profile) profile="-P $word"; before=''; continue ;;
      )" + options_with_value(false) +
                    R"() before=''; continue ;;
    esac
    before=$word
    case $word in
      --) return 0 ;;
      -?*) ;;
      *) line="$line${line:+ }$word" ;;
    esac
  done
  COMPREPLY=()
  case $previous in
)";
  for (const auto& [option, values] : choices()) out += "    " + option + ") words='" + values + "' ;;\n";
  out += "    " + options_with_value(true) + ") return 0 ;;\n";
  out += "    " + options_with_value(false) + ") _rsctl_option +o default; return 0 ;;\n  esac\n"; // nobody knows what
  out += "  if [[ -n $words ]]; then\n    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n    return 0\n  fi\n";
  out += "  case $line in\n";
  const auto after = words_after();
  for (auto row = after.rbegin(); row != after.rend(); ++row) // longer lines stand before their beginnings
    out += "    " + line_pattern(row->first) + ") words='" + joined(row->second, " ") + "' ;;\n";
  out += "  esac\n  case $line in\n" + place_cases() + "  esac\n";
  out += R"(  if [[ $current != -* ]]; then
    case $kind in
      agent) names=$(_rsctl_agents "$profile") ;;
      path)
        [[ $current == : || $previous == : ]] && _rsctl_option +o default && return 0
        for name in $(_rsctl_agents "$profile"); do names="$names $name:"; done
        _rsctl_option -o nospace ;;
    esac
  fi
)";
  out += "  words=\"$words " + globals() + "\"\n";
  out += "  [[ -n $current || ( -z $kind && -z $names ) || $kind == file ]] || words=''\n";
  return out + "  COMPREPLY=($(compgen -W \"$words $names\" -- \"$current\"))\n}\n";
}

std::string bash_script() { return shell_function() + "complete -o default -F _rsctl rsctl\n"; }

std::string zsh_script() {
  return "#compdef rsctl\nautoload -U +X bashcompinit && bashcompinit\n" + shell_function() +
         "complete -o default -F _rsctl rsctl\n"
         "# Loaded by the first completion itself, which is still to be answered.\n"
         "if [[ ${funcstack[1]} == _rsctl ]]; then _bash_complete -o default -F _rsctl; fi\n";
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
  if (!row.value.empty()) out += row.value.starts_with("FILE") ? " -r -F" : " -x";
  if (!row.choices.empty()) out += " -a '" + std::string(row.choices) + "'";
  return out + " -d '" + fish_escaped(row.help) + "'\n";
}

std::string fish_place(const Verb& verb, const std::string& condition) {
  const std::string start = "complete -c rsctl" + condition;
  switch (place_of(verb)) {
    case Place::agent: return start + " -a '(__rsctl_agents)'\n";
    case Place::agent_path: return start + " -F -a '(__rsctl_agents | string replace -r \"\\$\" \":\")'\n";
    case Place::file: return start + " -F\n";
    case Place::words: break;
  }
  return {};
}

std::string fish_script() {
  std::string out =
      "complete -c rsctl -f\n"
      "function __rsctl_agents; rsctl agents list --cached -o name 2>/dev/null; end\n";
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
    out += fish_place(verb, condition);
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
