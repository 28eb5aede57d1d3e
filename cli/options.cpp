#include "cli/options.hpp"

#include <CLI/CLI.hpp>

#include <deque>

namespace rs::cli {
namespace {

// Where CLI11 puts what it found for one row.
struct Slot {
  const OptionRow* row;
  std::vector<std::string> values;
  bool flag = false;
};

std::string names_of(const OptionRow& row) {
  return row.short_name.empty() ? std::string(row.name) : std::string(row.short_name) + "," + std::string(row.name);
}

void declare(CLI::App& app, const OptionRow& row, std::deque<Slot>& slots) {
  Slot& slot = slots.emplace_back(Slot{&row, {}, false});
  if (row.value.empty()) {
    app.add_flag(names_of(row), slot.flag);
    return;
  }
  auto* option = app.add_option(names_of(row), slot.values);
  option->expected(1)->allow_extra_args(false);
  option->multi_option_policy(row.repeats ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
}

Result<void> check_positionals(const Found& found, const std::vector<std::string>& given) {
  const Verb& verb = *found.verb;
  const bool several = verb.positional == Positional::many || verb.positional == Positional::any;
  const std::size_t most = verb.positional == Positional::none ? 0 : several ? given.size() : 1;
  if (given.size() > most)
    return fail(Errc::usage, "unexpected '" + given[most] + "' after 'rsctl " + std::string(verb.words) + "'");
  if (given.empty() && (verb.positional == Positional::one || verb.positional == Positional::many))
    return fail(Errc::usage, "'rsctl " + std::string(verb.words) + "' needs " + std::string(verb.positional_name));
  if (found.command && !verb.takes_command)
    return fail(Errc::usage, "'rsctl " + std::string(verb.words) + "' takes no command after '--'");
  return {};
}

} // namespace

Result<Arguments> parse_options(const Found& found) {
  CLI::App app;
  app.set_help_flag(); // --help is one of the rows
  Arguments out;
  out.command = found.command;
  std::deque<Slot> slots;
  for (const auto& row : global_options()) declare(app, row, slots);
  if (found.verb != nullptr) {
    for (const auto& row : found.verb->options) declare(app, row, slots);
  }
  app.add_option("words", out.positionals)->expected(0, -1);
  try {
    app.parse(std::vector<std::string>(found.rest.rbegin(), found.rest.rend())); // CLI11 takes them from the back
  } catch (const CLI::ParseError& wrong) {
    return fail(Errc::usage, wrong.what());
  }
  for (auto& slot : slots) {
    if (slot.flag) out.add(slot.row->name, {});
    for (auto& value : slot.values) out.add(slot.row->name, std::move(value));
  }
  if (found.verb != nullptr && !out.has("--help")) RS_CHECK(check_positionals(found, out.positionals));
  return out;
}

} // namespace rs::cli
