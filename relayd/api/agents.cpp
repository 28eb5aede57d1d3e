#include "relayd/api/context.hpp"
#include "wire/api.hpp"

namespace rs::relay::api {
namespace {

wire::api::AgentEntry entry_of(const Context& context, const std::string& org, const store::Agent& agent) {
  const bool online = context.hub.presence().find(org, agent.id.text()).has_value();
  return {{agent.id, agent.name, agent.tags, online, agent.os, agent.version, {}, agent.last_seen}, agent.certificate};
}

void list(Context& context, Request request, Reply reply) {
  from_store(context, reply, [&context, org = request.caller->tenant->row.id](store::Store& store) {
    const auto agents = store.list_agents(org);
    if (!agents) return error_response(agents.error());
    wire::api::AgentList out;
    for (const auto& agent : *agents) out.items.push_back(entry_of(context, org, agent));
    return ok(out);
  });
}

void show(Context& context, Request request, Reply reply) {
  from_store(context, reply, [&context, org = request.caller->tenant->row.id, name = request.tail](store::Store& store) {
    const auto agent = store.find_agent(org, name);
    return agent ? ok(entry_of(context, org, *agent)) : error_response(agent.error());
  });
}

constexpr Row kRows[] = {
    {"GET", "/v1/agents", true, list, "All agents of the tenant", nullptr, describe::schema<wire::api::AgentList>},
    {"GET", "/v1/agents/", true, show, "One agent, by id, unique id prefix or name", nullptr,
     describe::schema<wire::api::AgentEntry>},
};

} // namespace

std::span<const Row> agent_rows() { return kRows; }

} // namespace rs::relay::api
