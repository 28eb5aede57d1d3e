#include "cli/verbs.hpp"

#include "cli/commands/commands.hpp"
#include "cli/targets.hpp"

#include <algorithm>

namespace rs::cli {
namespace {

constexpr OptionRow kGlobals[] = {
    {"--server", "URL", "the relay, https://HOST[:PORT]", "-s", false, {}},
    {"--profile", "NAME", "whose keys and pins", "-P", false, {}},
    {"--output", "FORMAT", "table, json, ndjson, yaml or name", "-o", false, "table json ndjson yaml name"},
    {"--json", "", "the same as --output json", "", false, {}},
    {"--fields", "a,b", "only these fields, in this order", "", false, {}},
    {"--timeout", "D", "how long rsctl waits: 30s 5m 2h", "", false, {}},
    {"--yes", "", "assume yes where a guard would ask", "-y", false, {}},
    {"--no-input", "", "never ask: a missing value is an error", "", false, {}},
    {"--dry-run", "", "say what would change, and change nothing", "", false, {}},
    {"--quiet", "", "no notes, only results and errors", "-q", false, {}},
    {"--verbose", "", "log more", "-v", false, {}},
    {"--config", "FILE", "instead of config.yaml in the configuration directory", "", false, {}},
    {"--log-level", "LEVEL", "debug, info, warning or error", "", false, "debug info warning error"},
    {"--log-format", "FORMAT", "text or json", "", false, "text json"},
    {"--help", "", "help on a command", "-h", false, {}},
    {"--version", "", "version, commit, compiler, OpenSSL", "", false, {}},
};

std::span<const Verb> table() {
  using enum Positional;
  static const Verb kVerbs[] = {
      {"login", "sign in; the profile's keys are made and registered", commands::login, commands::login_options()},
      {"logout", "sign out: the relay forgets this device", commands::logout},
      {"whoami", "who is signed in, and until when without renewal", commands::whoami},
      {"auth status", "what this profile has pinned, and how", commands::auth_status},
      {"agents list", "all agents", commands::agents_list, commands::agents_list_options()},
      {"agents show", "one agent", commands::agents_show, {}, one, "A"},
      {"targets", "the agents that a selection means", commands::targets, target_options(), any, "A…"},
      {"wait", "wait until an agent is online or offline", commands::wait, commands::wait_options(), one, "A"},
      {"enroll-token create", "a string that enrols machines", commands::enroll_token_create,
       commands::enroll_token_create_options()},
      {"enroll-token list", "the tokens that are still good", commands::enroll_token_list},
      {"enroll-token revoke", "make a token useless", commands::enroll_token_revoke, {}, one, "ID"},
      {.words = "exec",
       .summary = "run a command on an agent",
       .run = commands::exec,
       .options = commands::exec_options(),
       .positional = one,
       .positional_name = "A",
       .takes_command = true,
       .own_exit_code = true},
      {.words = "diag",
       .summary = "how an agent's machine is: all sections, or these",
       .run = commands::diag,
       .positional = many,
       .positional_name = "A [SECTION…]",
       .positional_choices = "system cpu memory disks network processes services users updates logs"},
      {"push", "copy files to an agent", commands::push, commands::transfer_options(), many, "SRC… A:DST"},
      {"pull", "copy files from an agent", commands::pull, commands::transfer_options(), many, "A:SRC… DST"},
      {"ls", "what is in a directory on an agent", commands::list_files, {}, one, "A:PATH"},
      {"cat", "the content of files on an agent, to stdout", commands::cat, {}, many, "A:PATH…"},
      {"stat", "one file on an agent", commands::stat_file, {}, one, "A:PATH"},
      {"rm", "remove files on an agent", commands::remove_files, commands::remove_files_options(), many, "A:PATH…"},
      {"screenshot", "a picture of an agent's screen", commands::screenshot, commands::screenshot_options(), one, "A"},
      {"org show", "the organisation: mode, statement, issuers", commands::org_show},
      {"org fingerprint", "the pinned identity of the organisation", commands::org_fingerprint},
      {"audit list", "the relay's audit records", commands::audit_list, commands::audit_list_options()},
      {"audit verify", "check the whole audit chain here", commands::audit_verify},
      {"server status", "the relay's state", commands::server_status},
      {"config explain", "each setting, and where its value came from", commands::config_explain},
      {"doctor", "the way to the relay and to an agent, hop by hop", commands::doctor, {}, optional, "A"},
      {.words = "completion",
       .summary = "completion for a shell",
       .run = commands::completion,
       .positional = one,
       .positional_name = "SHELL",
       .positional_choices = "bash zsh fish",
       .uses_profile = false},
      {.words = "help",
       .summary = "help on a command, or on what scripts rely on",
       .run = commands::help,
       .positional = any,
       .positional_name = "TOPIC",
       .positional_choices = "exit-codes environment targets",
       .uses_profile = false},
  };
  return kVerbs;
}

std::vector<std::string> words_of(const Verb& verb) { return split_list(verb.words, ' '); }

bool begins_with(const std::vector<std::string>& whole, std::span<const std::string> start) {
  return start.size() <= whole.size() && std::equal(start.begin(), start.end(), whole.begin());
}

const OptionRow* global_named(std::string_view token) {
  const auto name = token.substr(0, token.find('='));
  const auto found = std::ranges::find_if(
      kGlobals, [&](const OptionRow& row) { return row.name == name || (!row.short_name.empty() && row.short_name == name); });
  return found == std::end(kGlobals) ? nullptr : &*found;
}

// Takes tokens until the words name a verb, or can name none.
class Scan {
 public:
  explicit Scan(std::span<const std::string> tokens) : tokens_(tokens) {}

  Found run() {
    while (at_ < tokens_.size()) {
      const auto& token = tokens_[at_];
      if (token.size() > 1 && token[0] == '-') take_option(token);
      else take_word(token);
      ++at_;
    }
    if (found_.verb == nullptr) found_.rest.insert(found_.rest.end(), found_.words.begin(), found_.words.end());
    return std::move(found_);
  }

 private:
  // An unknown option is left for the parser to name.
  void take_option(const std::string& token) {
    found_.rest.push_back(token);
    const auto* row = global_named(token);
    if (row == nullptr) return;
    if (row->name == "--json") found_.output = "json";
    const auto equals = token.find('=');
    std::string value;
    if (row->value.empty()) return;
    if (equals != std::string::npos) {
      value = token.substr(equals + 1);
    } else if (at_ + 1 < tokens_.size()) {
      value = tokens_[++at_];
      found_.rest.push_back(value);
    }
    if (row->name == "--output") found_.output = value;
  }

  void take_word(const std::string& token) {
    if (found_.verb != nullptr || no_verb_) return found_.rest.push_back(token);
    found_.words.push_back(token);
    const auto under = verbs_under(found_.words);
    no_verb_ = under.empty();
    const auto exact = std::ranges::find_if(under, [&](const Verb* verb) { return words_of(*verb) == found_.words; });
    if (exact != under.end()) found_.verb = *exact;
  }

  std::span<const std::string> tokens_;
  std::size_t at_ = 0;
  bool no_verb_ = false;
  Found found_;
};

} // namespace

std::span<const Verb> verbs() { return table(); }
std::span<const OptionRow> global_options() { return kGlobals; }

Found find_verb(std::span<const std::string> arguments) {
  const auto end = std::ranges::find(arguments, std::string("--"));
  Found found = Scan({arguments.begin(), end}).run();
  if (end != arguments.end()) found.command.emplace(end + 1, arguments.end());
  return found;
}

std::vector<const Verb*> verbs_under(std::span<const std::string> words) {
  std::vector<const Verb*> out;
  for (const auto& verb : verbs()) {
    if (begins_with(words_of(verb), words)) out.push_back(&verb);
  }
  return out;
}

} // namespace rs::cli
