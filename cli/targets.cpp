#include "cli/targets.hpp"

#include "base/joined.hpp"
#include "cli/trust.hpp"
#include "daemon/files.hpp"
#include "fleet/host_list.hpp"
#include "sealed/chain.hpp"
#include "wire/limits.hpp"

#include <algorithm>
#include <set>

namespace rs::cli {
namespace {

constexpr std::size_t kMaxTargetFile = 4 << 20; // bytes

constexpr OptionRow kTargetOptions[] = {
    kSelectorOption,
    {"--hosts", "LIST", "names such as web[01-20],db1; ^FILE: those in a file; -: on stdin", "-w", true, {}},
    {"--exclude", "LIST", "but not these; LIST as in --hosts", "-x", true, {}},
    {"--all", "", "all agents", "", false, {}},
    {"--allow-empty", "", "what is not found is no error", "", false, {}},
    kExpectOption,
};

// "-": stdin, once; "^FILE"; else a list.
Result<std::vector<std::string>> read_list(Context& context, std::string_view text) {
  if (text == "-") {
    RS_TRY(const auto input, context.terminal.read_input(kMaxTargetFile, "the list of targets"));
    return fleet::expand_host_file(input);
  }
  if (!text.starts_with('^')) return fleet::expand_host_list(text);
  const std::string path(text.substr(1));
  const auto bytes = daemon::read_file(path, kMaxTargetFile);
  if (!bytes) return bytes.error();
  auto names = fleet::expand_host_file(as_text(*bytes));
  if (!names) return within(path, names.error());
  return names;
}

Result<std::vector<std::string>> read_lists(Context& context, const OptionRow& option) {
  std::vector<std::string> out;
  for (const auto& text : context.arguments.values(option.name)) {
    const auto names = read_list(context, text);
    if (!names) return within(option.short_name, names.error());
    if (out.size() + names->size() > fleet::kMaxTargets)
      return fail(Errc::usage,
                  std::string(option.short_name) + ": more than " + std::to_string(fleet::kMaxTargets) + " targets in all");
    out.insert(out.end(), names->begin(), names->end());
  }
  return out;
}

Result<fleet::Wanted> wanted_by(Context& context) {
  const auto& arguments = context.arguments;
  fleet::Wanted out{.names = arguments.positionals, .selectors = {}, .all = arguments.has("--all"), .excluded = {}};
  RS_TRY(const auto hosts, read_lists(context, kTargetOptions[1]));
  out.names.insert(out.names.end(), hosts.begin(), hosts.end());
  RS_TRY(out.selectors, selectors_of(arguments));
  RS_TRY(out.excluded, read_lists(context, kTargetOptions[2]));
  const bool named = !arguments.positionals.empty() || arguments.has(kTargetOptions[1].name);
  if (!named && out.selectors.empty() && !out.all)
    return fail(Errc::usage, "no targets: name agents, or give -l EXPR, -w LIST or --all");
  return out;
}

// What the relay says of its agents, and what their certificates say of the same.
struct Listed {
  std::vector<fleet::AgentFacts> claimed;
  std::vector<fleet::AgentFacts> certified; // those whose certificate holds
  std::vector<std::size_t> entries;         // of `certified`: places in `claimed`
  std::vector<Target> targets;              // of `certified`
  std::vector<std::pair<std::size_t, Error>> broken;
};

Listed sort_out(const wire::api::AgentList& list, const sealed::OrgStatement& org, WallTime now) {
  Listed out;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const auto& entry = list.items[i];
    out.claimed.push_back(facts_of(entry.agent));
    auto item = certified_item(entry, org, now);
    if (!item) {
      out.broken.emplace_back(i, item.error());
      continue;
    }
    out.certified.push_back(facts_of(*item));
    out.entries.push_back(i);
    out.targets.push_back({std::move(*item), entry.certificate});
  }
  return out;
}

// Whom the relay's word would have chosen must be among those whom the certificates chose.
Result<void> check_borne_out(const Listed& listed, const fleet::Chosen& claimed, const std::vector<std::size_t>& chosen) {
  std::vector<std::size_t> sure;
  for (const auto place : chosen) sure.push_back(listed.entries[place]);
  std::ranges::sort(sure);
  for (const auto place : claimed.agents) {
    if (std::ranges::binary_search(sure, place)) continue;
    const auto broken = std::ranges::find(listed.broken, place, &std::pair<std::size_t, Error>::first);
    const auto what = listed.claimed[place].name;
    if (broken != listed.broken.end()) return fail(Errc::integrity, "'" + what + "' is left out: " + broken->second.message);
    return fail(Errc::integrity, "'" + what + "' is listed twice, with different certificates");
  }
  return {};
}

std::string not_found(std::span<const std::string> names) {
  constexpr std::size_t kShown = 20;
  auto out = "no agent called " + joined(names.first(std::min(names.size(), kShown)));
  if (names.size() > kShown) out += " and " + std::to_string(names.size() - kShown) + " more";
  const auto is_short = [](const std::string& name) { return name.starts_with("a-") && name.size() < wire::kLeastIdPrefix; };
  if (std::ranges::any_of(names, is_short))
    out += "; the beginning of an id has at least " + std::to_string(wire::kLeastIdPrefix) + " characters";
  return out;
}

// An agent that is only claimed may be excluded too: that keeps it out.
Result<void> check_found(Context& context, const fleet::Chosen& chosen, const fleet::Chosen& claimed) {
  const std::set<std::string> unclaimed(claimed.missing_excluded.begin(), claimed.missing_excluded.end());
  auto excluded = chosen.missing_excluded;
  std::erase_if(excluded, [&](const std::string& name) { return !unclaimed.contains(name); });
  std::string what;
  if (!chosen.missing.empty()) what = not_found(chosen.missing);
  else if (!excluded.empty()) what = "-x: " + not_found(excluded);
  else if (chosen.agents.empty()) what = "no agent is chosen";
  if (what.empty()) return {};
  if (!context.arguments.has("--allow-empty")) return fail(Errc::no_match, what);
  context.output.note(what);
  return {};
}

} // namespace

std::span<const OptionRow> target_options() { return kTargetOptions; }

Result<sealed::OrgStatement> pinned_org(const State& state) {
  return sealed::verify_org_statement(state.org->statement, org_pin(*state.org));
}

Result<wire::api::AgentItem> certified_item(const wire::api::AgentEntry& entry, const sealed::OrgStatement& org, WallTime now) {
  const auto what = "agent " + entry.agent.id.text();
  const auto claims = sealed::verify_agent(entry.certificate, org, now);
  if (!claims) return within(what + ": its certificate", claims.error());
  if (entry.agent.id != claims->sub || entry.agent.name != claims->name)
    return fail(Errc::integrity, what + ": its certificate is for " + claims->name + " (" + claims->sub.text() + ")");
  if (entry.agent.tags != claims->tags)
    return fail(Errc::integrity, what + ": its certificate has other tags than those that the relay names");
  return entry.agent;
}

fleet::AgentFacts facts_of(const wire::api::AgentItem& item) {
  return {item.id.text(), item.name, item.tags, item.os, item.version, item.user, item.online};
}

Result<std::vector<fleet::Selector>> selectors_of(const Arguments& arguments) {
  std::vector<fleet::Selector> out;
  for (const auto& text : arguments.values(kSelectorOption.name)) {
    auto selector = fleet::Selector::parse(text);
    if (!selector) return within(kSelectorOption.short_name, selector.error());
    out.push_back(std::move(*selector));
  }
  return out;
}

Result<std::vector<Target>> resolve_targets(Context& context, Api& api) {
  RS_TRY(const auto wanted, wanted_by(context));
  RS_TRY(const auto list, api.get<wire::api::AgentList>("/v1/agents"));
  RS_TRY(const auto org, pinned_org(context.state));
  auto listed = sort_out(list, org, context.clock.wall());
  RS_TRY(const auto chosen, fleet::choose(listed.certified, wanted));
  RS_TRY(const auto claimed, fleet::choose(listed.claimed, wanted));
  RS_CHECK(check_borne_out(listed, claimed, chosen.agents));
  RS_CHECK(check_found(context, chosen, claimed));
  std::vector<Target> out;
  for (const auto place : chosen.agents) out.push_back(std::move(listed.targets[place]));
  return out;
}

Result<std::vector<Target>> resolve_targets(Context& context) {
  Api api(context);
  return resolve_targets(context, api);
}

Result<void> check_expected(Context& context, std::size_t count) {
  RS_TRY(const auto expected, context.arguments.count(kExpectOption.name));
  if (!expected || *expected == count) return {};
  return fail(Errc::no_match, "--expect " + std::to_string(*expected) + ", but there are " + std::to_string(count) + " targets");
}

Result<void> guard_targets(Context& context, std::size_t count) {
  RS_CHECK(check_expected(context, count));
  if (context.arguments.has(kExpectOption.name) || count <= kGuardedTargets || context.arguments.has("--yes")) return {};
  const auto targets = std::to_string(count) + " targets";
  if (!context.may_prompt()) return fail(Errc::usage, targets + ": give --expect " + std::to_string(count) + " or --yes");
  RS_TRY(const auto answer, context.terminal.ask("rsctl: " + targets + ". Go on? [yes/no] "));
  if (answer == "yes" || answer == "y") return {};
  return fail(Errc::interrupted, "not confirmed");
}

} // namespace rs::cli
