#include "cli/agent_cache.hpp"
#include "cli/api.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/print.hpp"
#include "cli/targets.hpp"
#include "cli/trust.hpp"
#include "wire/api.hpp"

#include <algorithm>

namespace rs::cli::commands {
namespace {

constexpr Millis kPollEvery{250};
constexpr Millis kCachedFor{60'000};
constexpr Millis kCacheWait{1'000};

constexpr OptionRow kListOptions[] = {
    kSelectorOption,
    {"--cached", "", "for completion: what was learned in the last minute; never waits more than a second", "", false, {}},
};

constexpr OptionRow kWaitOptions[] = {
    {"--for", "STATE", "online or offline", "", false, "online offline"},
};

Result<wire::api::AgentItem> ask(Api& api, Context& context, const std::string& as) {
  RS_TRY(const auto entry, api.get<wire::api::AgentEntry>("/v1/agents/" + percent_encoded(as)));
  RS_TRY(const auto org, pinned_org(context.state));
  RS_TRY(const auto item, certified_item(entry, org, context.clock.wall()));
  RS_TRY(const auto claims, sealed::peek_document<sealed::AgentClaims>(entry.certificate));
  RS_CHECK(check_target(claims, as));
  return item;
}

Result<void> pause(Loop& loop, Millis duration) {
  bool over = false;
  daemon::Reactor::Timer timer(loop.reactor());
  timer.after(duration, [&] { over = true; });
  return loop.run_until(over);
}

bool is_chosen(const std::vector<fleet::Selector>& selectors, const wire::api::AgentItem& item) {
  return selectors.empty() ||
         std::ranges::any_of(selectors, [facts = facts_of(item)](const auto& selector) { return selector.matches(facts); });
}

// An item that is not certified is left out, and told of where it would have been chosen.
Result<std::vector<wire::api::AgentItem>> ask_for_list(Context& context, const std::vector<fleet::Selector>& selectors,
                                                       std::optional<Error>& first_bad) {
  Api api(context);
  RS_TRY(const auto list, api.get<wire::api::AgentList>("/v1/agents"));
  RS_TRY(const auto org, pinned_org(context.state));
  std::vector<wire::api::AgentItem> items;
  for (const auto& entry : list.items) {
    auto item = certified_item(entry, org, context.clock.wall());
    if (item) items.push_back(std::move(*item));
    else if (!first_bad && is_chosen(selectors, entry.agent)) first_bad = item.error();
  }
  save_agent_cache(context.profile, {context.clock.wall(), items});
  return items;
}

// Whoever presses a key waits: what cannot be had at once is left out, and not asked for again for a while.
Result<std::vector<wire::api::AgentItem>> cached_list(Context& context) {
  const auto now = context.clock.wall();
  auto cache = load_agent_cache(context.profile).value_or(AgentCache{WallTime{}, {}});
  if (now >= cache.asked && now - cache.asked < kCachedFor) return std::move(cache.items);
  context.timeout = std::min(context.timeout.value_or(kCacheWait), kCacheWait);
  std::optional<Error> ignored;
  if (auto items = ask_for_list(context, {}, ignored)) return items;
  cache.asked = now;
  if (context.state.certificate) save_agent_cache(context.profile, cache);
  return std::move(cache.items);
}

} // namespace

std::span<const OptionRow> agents_list_options() { return kListOptions; }
std::span<const OptionRow> wait_options() { return kWaitOptions; }

Result<int> agents_list(Context& context) {
  RS_TRY(const auto selectors, selectors_of(context.arguments));
  std::optional<Error> first_bad;
  RS_TRY(auto items, context.arguments.has("--cached") ? cached_list(context) : ask_for_list(context, selectors, first_bad));
  std::erase_if(items, [&](const auto& item) { return !is_chosen(selectors, item); });
  RS_CHECK(print_list(context, "rsctl.agents.v1", items));
  if (first_bad) return fail(Errc::integrity, "left out what is not certified: " + first_bad->message);
  return 0;
}

Result<int> targets(Context& context) {
  RS_TRY(const auto found, resolve_targets(context));
  RS_CHECK(check_expected(context, found.size()));
  std::vector<wire::api::AgentItem> items;
  for (const auto& target : found) items.push_back(target.agent);
  return print_list(context, "rsctl.targets.v1", items);
}

Result<int> agents_show(Context& context) {
  const auto& as = context.arguments.positionals[0];
  context.about.target = as;
  Api api(context);
  RS_TRY(const auto item, ask(api, context, as));
  return print_item(context, "rsctl.agent.v1", item);
}

Result<int> wait(Context& context) {
  const auto& as = context.arguments.positionals[0];
  context.about.target = as;
  RS_TRY(const auto wanted, context.arguments.required("--for"));
  if (wanted != "online" && wanted != "offline") return fail(Errc::usage, "--for: online or offline, not '" + wanted + "'");
  Api api(context);
  for (;;) {
    RS_TRY(const auto item, ask(api, context, as));
    if (item.online == (wanted == "online")) return print_item(context, "rsctl.agent.v1", item);
    if (const auto paused = pause(api.loop(), kPollEvery); !paused)
      return within("'" + as + "' is not " + wanted, paused.error());
  }
}

} // namespace rs::cli::commands
