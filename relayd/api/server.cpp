#include "base/version.hpp"
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

// RFC 9110 §5.6.7. It only informs: nobody sets a clock by it.
std::string http_date(WallTime time) {
  constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto text = to_rfc3339(time); // 2026-11-24T08:30:00.123Z
  const auto day = std::chrono::weekday(std::chrono::floor<std::chrono::days>(time)).c_encoding();
  const auto month = static_cast<std::size_t>(std::stoul(text.substr(5, 2)) - 1);
  return std::string(kDays[day]) + ", " + text.substr(8, 2) + " " + std::string(kMonths[month]) + " " + text.substr(0, 4) + " " +
         text.substr(11, 8) + " GMT";
}

void relay(Context& context, Request, Reply reply) {
  auto response = ok(wire::api::RelayInfo{context.keys.statement(), std::string(kVersion)});
  response.headers.emplace_back("Date", http_date(context.clock.wall()));
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
