#include "cli/api.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/print.hpp"
#include "cli/trust.hpp"
#include "wire/api.hpp"

namespace rs::cli::commands {
namespace {

constexpr Millis kPollEvery{250};

constexpr OptionRow kWaitOptions[] = {
    {"--for", "STATE", "online or offline", "", false, "online offline"},
};

Result<sealed::OrgStatement> org_of(const State& state) {
  return sealed::verify_org_statement(state.org->statement, org_pin(*state.org));
}

// Id, name and tags as the certificate has them; the rest is the relay's word. `integrity` where the relay says another.
Result<wire::api::AgentItem> checked(const wire::api::AgentEntry& entry, const sealed::OrgStatement& org, WallTime now) {
  const auto what = "agent " + entry.agent.id.text();
  const auto claims = sealed::verify_agent(entry.certificate, org, now);
  if (!claims) return within(what + ": its certificate", claims.error());
  auto item = entry.agent;
  if (item.id != claims->sub || item.name != claims->name)
    return fail(Errc::integrity, what + ": its certificate is for " + claims->name + " (" + claims->sub.text() + ")");
  item.tags = claims->tags;
  return item;
}

Result<wire::api::AgentItem> ask(Api& api, Context& context, const std::string& as) {
  RS_TRY(const auto entry, api.get<wire::api::AgentEntry>("/v1/agents/" + percent_encoded(as)));
  RS_TRY(const auto org, org_of(context.state));
  RS_TRY(const auto item, checked(entry, org, context.clock.wall()));
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

} // namespace

std::span<const OptionRow> wait_options() { return kWaitOptions; }

Result<int> agents_list(Context& context) {
  Api api(context);
  RS_TRY(const auto list, api.get<wire::api::AgentList>("/v1/agents"));
  RS_TRY(const auto org, org_of(context.state));
  std::vector<describe::Node> items;
  std::optional<Error> first_bad;
  for (const auto& entry : list.items) {
    const auto item = checked(entry, org, context.clock.wall());
    if (item) items.push_back(describe::to_node(*item));
    else if (!first_bad) first_bad = item.error();
  }
  RS_CHECK(context.output.list("rsctl.agents.v1", items));
  if (first_bad) return fail(Errc::integrity, "left out what is not certified: " + first_bad->message);
  return 0;
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
