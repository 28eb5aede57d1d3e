#pragma once

#include "cli/api.hpp"
#include "fleet/targets.hpp"
#include "sealed/documents.hpp"
#include "wire/api.hpp"

// Which agents a command is for (`rsctl help targets`).
namespace rs::cli {

inline constexpr std::size_t kGuardedTargets = 50; // more need --expect or --yes where nobody can be asked

inline constexpr OptionRow kSelectorOption{"--selector", "EXPR", "those that EXPR chooses; see 'rsctl help targets'",
                                           "-l",         true,   {}};
inline constexpr OptionRow kExpectOption{"--expect", "N", "fail unless there are just so many targets", "", false, {}};

// The options that choose targets, beside names and ids as positionals.
std::span<const OptionRow> target_options();

struct Target {
  wire::api::AgentItem agent; // id, name and tags are the certificate's; the rest is the relay's word
  std::string certificate;
};

// The row, where its certificate holds and has the same id, name and tags; the rest is the relay's word. `integrity`
// where they differ.
Result<wire::api::AgentItem> certified_item(const wire::api::AgentEntry& entry, const sealed::OrgStatement& org, WallTime now);
Result<sealed::OrgStatement> pinned_org(const State& state);
fleet::AgentFacts facts_of(const wire::api::AgentItem& item);
// The expressions of each -l.
Result<std::vector<fleet::Selector>> selectors_of(const Arguments& arguments);

// The targets that the command line names, each once, in the order named and then listed. `usage`: it names none.
// `no-match`: nothing, or not every name, also of -x, was found (--allow-empty: only a note). `integrity`: an agent was chosen by what
// the relay says of it, and its certificate does not bear that out.
Result<std::vector<Target>> resolve_targets(Context& context, Api& api);
Result<std::vector<Target>> resolve_targets(Context& context);

// `no-match` where --expect names another number.
Result<void> check_expected(Context& context, std::size_t count);

// The same, and asks before a command goes to many; `usage` off a terminal without --expect or --yes.
Result<void> guard_targets(Context& context, std::size_t count);

} // namespace rs::cli
