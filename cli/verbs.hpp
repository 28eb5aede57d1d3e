#pragma once

#include "cli/arguments.hpp"

#include <span>

namespace rs::cli {

struct Context;

enum class Positional { none, one, optional, many, any }; // many: at least one

// A row of the one table of commands: dispatch, options, help, completion and the manual's list come from it.
struct Verb {
  std::string_view words;       // "agents list"
  std::string_view summary;     // one line
  Result<int> (*run)(Context&); // the exit code; an error is reported by the caller
  std::span<const OptionRow> options = {};
  Positional positional = Positional::none;
  std::string_view positional_name = {};    // "A"
  std::string_view positional_choices = {}; // space-separated; for completion
  bool takes_command = false;               // `-- CMD…`
  bool uses_profile = true;                 // false: runs without any file
  bool own_exit_code = false;               // a failure of rsctl's own is kExitOwn
};

std::span<const Verb> verbs();
std::span<const OptionRow> global_options();

// A command line cut into its parts without a look at the verb's own options.
struct Found {
  const Verb* verb = nullptr;
  std::vector<std::string> words; // that named the verb; where there is none: all words
  std::vector<std::string> rest;  // what is left to parse
  std::optional<std::vector<std::string>> command;
  std::optional<std::string> output; // of --output and --json, for errors that come before parsing
};

// `arguments` without the program's name. Global options may stand before, between and behind the words; nothing after
// `--` is looked at.
Found find_verb(std::span<const std::string> arguments);

// The rows whose words begin with these words, for help.
std::vector<const Verb*> verbs_under(std::span<const std::string> words);

} // namespace rs::cli
