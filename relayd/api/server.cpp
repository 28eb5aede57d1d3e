#include "base/version.hpp"
#include "net/http_date.hpp"
#include "relayd/api/context.hpp"
#include "wire/api.hpp"

namespace rs::relay::api {
namespace {

net::HttpResponse text(std::string body) {
  net::HttpResponse response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

void relay(Context& context, Request, Reply reply) {
  auto response = ok(wire::api::RelayInfo{context.keys.statement(), std::string(kVersion)});
  response.headers.emplace_back("Date", net::http_date(context.clock.wall())); // it only informs: nobody sets a clock by it
  reply(std::move(response));
}

void org(Context&, Request request, Reply reply) {
  const auto& tenant = *request.caller->tenant;
  reply(ok(wire::api::OrgInfo{tenant.row.name, tenant.row.id, tenant.row.org_statement}));
}

std::uint64_t uptime(const Context& context) {
  return static_cast<std::uint64_t>((context.clock.wall() - context.started) / std::chrono::seconds(1));
}

void status(Context& context, Request, Reply reply) {
  reply(ok(wire::api::ServerStatus{std::string(kVersion), uptime(context), context.hub.presence().size(), context.hub.links(),
                                   context.hub.circuits()}));
}

void healthz(Context&, Request, Reply reply) { reply(text("ok\n")); }

// Ready: the store answers.
void readyz(Context& context, Request, Reply reply) {
  from_store(context, reply, [](store::Store& store) {
    return store.relay() ? text("ready\n") : error_response(fail(Errc::audit_unavailable, "the store does not answer"));
  });
}

void metrics(Context& context, Request, Reply reply) {
  const auto line = [](std::string_view name, std::uint64_t value) {
    return "# TYPE " + std::string(name) + " gauge\n" + std::string(name) + " " + std::to_string(value) + "\n";
  };
  reply(text(line("relayd_agents_online", context.hub.presence().size()) + line("relayd_links", context.hub.links()) +
             line("relayd_circuits", context.hub.circuits()) + line("relayd_uptime_seconds", uptime(context))));
}

constexpr Row kRows[] = {
    {"GET", "/v1/relay", false, relay, "The relay's statement", nullptr, describe::schema<wire::api::RelayInfo>},
    {"GET", "/v1/org", true, org, "The tenant and its statement", nullptr, describe::schema<wire::api::OrgInfo>},
    {"GET", "/v1/status", true, status, "Figures of this relay for operators", nullptr,
     describe::schema<wire::api::ServerStatus>},
    {"GET", "/healthz", false, healthz, "The process lives"},
    {"GET", "/readyz", false, readyz, "The store answers"},
    {"GET", "/metrics", false, metrics, "Figures of this relay as Prometheus text"},
};

} // namespace

std::span<const Row> server_rows() { return kRows; }

} // namespace rs::relay::api
