#include "cli/doctor/examination.hpp"

#include "base/joined.hpp"
#include "cli/doctor/judge.hpp"
#include "cli/doctor/link_probe.hpp"
#include "cli/targets.hpp"
#include "cli/trust.hpp"
#include "crypto/hash.hpp"
#include "net/url.hpp"
#include "sealed/chain.hpp"
#include "wire/api.hpp"

#include <algorithm>

namespace rs::cli::doctor {
namespace {

bool ends_everything(const Error& error) { return error.code == Errc::interrupted; }

std::string header(const net::HttpResponse& response, std::string_view name) {
  net::HttpRequest headers; // which knows how to look one up
  headers.headers = response.headers;
  return std::string(headers.header(name));
}

// HOST:PORT: the rest of a proxy's URL may be a secret.
std::string shown_proxy(const net::Proxy& proxy) { return net::Url{proxy.host, proxy.port}.authority(); }

} // namespace

Examination::Examination(Context& context) : context_(context) {
  if (context.timeout) deadline_ = context.clock.boot() + *context.timeout;
}

Result<void> Examination::run(const std::optional<std::string>& agent) {
  check_files();
  RS_CHECK(check_way());
  RS_CHECK(check_sign_in());
  return check_link(agent);
}

Context& Examination::in_time() {
  if (deadline_) context_.timeout = std::max(Millis(0), *deadline_ - context_.clock.boot());
  return context_;
}

void Examination::add(Hop hop, std::optional<Millis> took) {
  if (took) hop.ms = static_cast<std::uint64_t>(took->count());
  hops_.push_back(std::move(hop));
}

Millis Examination::lap() {
  const auto now = context_.clock.boot();
  return now - std::exchange(mark_, now);
}

void Examination::skip(std::initializer_list<const char*> hops, const std::string& why) {
  for (const auto* hop : hops) add(skipped(hop, why));
}

void Examination::check_files() {
  const auto& server = context_.settings.server;
  const auto profile = "profile '" + context_.profile.name() + "' in " + context_.profile.directory();
  if (server.value) add(good("config", profile + "; server " + *server.value + (server.from ? " from " + *server.from : "")));
  else add(failed("config", fail(Errc::usage, profile + " has no server"), "give --server or RSCTL_SERVER, or sign in"));
  add(judge_key_files(context_.profile.directory()));
}

// One connection without a ticket, so that the whole of TLS is seen; the public chain is checked, whatever is pinned.
Result<void> Examination::check_way() {
  auto options = connect_options(context_, "", nullptr);
  if (!options) {
    if (context_.settings.server.value) add(failed("config", options.error()));
    skip({"proxy", "dns", "tcp", "tls", "http", "clock", "relay", "certificate"}, "no server");
    return {};
  }
  if (const auto by_proxy = check_proxy(options->proxy); !by_proxy) {
    add(failed("proxy", by_proxy.error(), "set HTTPS_PROXY to http://HOST:PORT, or name the relay in NO_PROXY"));
    skip({"dns", "tcp", "tls", "http", "clock", "relay", "certificate"}, "no proxy that can be used");
    return {};
  }
  options->on_step = [this](const net::ConnectStep& step) { on_step(step); };
  mark_ = context_.clock.boot();
  Loop loop(in_time().timeout);
  auto connection = Connection::open(loop, std::move(*options));
  if (!connection) {
    if (ends_everything(connection.error())) return connection.error();
    note_failed_connection(connection.error());
    return {};
  }
  check_tls(connection->identity());
  return check_relay(*connection);
}

Result<void> Examination::check_proxy(const std::optional<std::string>& url) {
  if (url) {
    RS_TRY(proxy_, net::parse_proxy(*url));
  }
  add(good("proxy", proxy_ ? shown_proxy(*proxy_) + ", by HTTPS_PROXY" : "none"));
  return {};
}

void Examination::on_step(const net::ConnectStep& step) {
  using What = net::ConnectStep::What;
  const std::string end = proxy_ ? " (the proxy)" : "";
  switch (step.what) {
    case What::resolved:
      add(good("dns", joined(step.addresses) + end), lap());
      next_step_ = "tcp";
      break;
    case What::connected:
      add(good("tcp", "connected to " + joined(step.addresses) + end), lap());
      next_step_ = proxy_ ? "proxy" : "tls";
      break;
    case What::proxy_answered: next_step_ = "tls"; break; // its time counts as TLS's
    case What::secured: break;
  }
}

void Examination::note_failed_connection(const Error& why) {
  std::string advice;
  const std::string_view step = next_step_;
  if (proxy_ && step != "tls")
    advice = "this is about the proxy " + shown_proxy(*proxy_) + ": check HTTPS_PROXY, or name the relay in NO_PROXY";
  else if (step == "dns") advice = "check the name in --server and this machine's resolver";
  else if (step == "tcp") advice = "check that relayd runs there, the port, and firewalls between";
  else advice = "something answers there that is no relay: check the port in --server";
  add(failed(next_step_, why, advice), lap());
  const std::string reason = "no connection";
  if (step == "dns") skip({"tcp", "tls"}, reason);
  if (step == "tcp" || step == "proxy") skip({"tls"}, reason);
  skip({"http", "clock", "relay", "certificate"}, reason);
}

void Examination::check_tls(const net::ServerIdentity& server) {
  add(good("tls", server.protocol + ", " + server.cipher), lap());
}

Result<void> Examination::check_relay(Connection& connection) {
  const auto sent = context_.clock.wall();
  const auto response =
      connection.exchange({.method = "GET", .target = "/v1/relay", .headers = {}, .body = {}, .peer_address = {}});
  if (!response && ends_everything(response.error())) return response.error();
  const auto node = response ? read_answer(*response, context_.about) : Result<describe::Node>(response.error());
  context_.about = {};
  const auto info = node ? describe::from_node<wire::api::RelayInfo>(*node, describe::Unknown::ignore)
                         : Result<wire::api::RelayInfo>(node.error());
  if (!info) {
    add(failed("http", info.error(), "something answers there that is no relay: check --server and the proxy"), lap());
    skip({"clock", "relay", "certificate"}, "no answer from a relay");
    return {};
  }
  add(good("http", "relayd " + info->version), lap());
  const auto received = context_.clock.wall();
  add(judge_clock(sent + (received - sent) / 2, header(*response, "Date")));

  const auto& pinned = context_.state.relay;
  const auto& given = context_.settings.fingerprint.value;
  if (!pinned && !given) {
    const auto offered = sealed::peek_document<sealed::RelayStatement>(info->statement);
    add(warning("relay", offered ? "it says that it is " + crypto::fingerprint(offered->key) : offered.error().message,
                "compare that with what 'relayd init' printed, and sign in with --fingerprint"));
    add(judge_certificate(connection.identity(), std::nullopt));
    return {};
  }
  const auto pin = pinned ? relay_pin(*pinned) : sealed::RelayPin{*given, {}, 0};
  const auto statement = sealed::verify_relay_statement(info->statement, pin, received);
  if (statement) add(good("relay", "it is " + crypto::fingerprint(statement->key) + (pinned ? ", as pinned" : ", as given")));
  else add(failed("relay", statement.error()));
  const auto keys = statement ? Result<std::vector<Bytes>>(statement->tls) : Result<std::vector<Bytes>>(statement.error());
  add(judge_certificate(connection.identity(), keys));
  relay_known_ = keys && names_key(*keys, connection.identity());
  return {};
}

Result<void> Examination::check_sign_in() {
  const auto& certificate = context_.state.certificate;
  const auto claims =
      certificate
          ? sealed::peek_document<sealed::TechnicianClaims>(*certificate)
          : Result<sealed::TechnicianClaims>(fail(Errc::sign_in, "profile '" + context_.profile.name() + "' is not signed in"));
  if (!claims) {
    add(failed("sign-in", claims.error()));
    return {};
  }
  const auto until = claims->email + ", certificate until " + to_rfc3339(from_unix_seconds(claims->exp));
  if (!relay_known_) {
    add(skipped("sign-in", until + "; the relay could not be asked"));
    return {};
  }
  lap();
  Api api(in_time());
  const auto org = api.get<wire::api::OrgInfo>("/v1/org"); // renews the certificate where that is due
  context_.about = {};
  if (!org && ends_everything(org.error())) return org.error();
  signed_in_ = org.has_value();
  if (!org) {
    add(failed("sign-in", org.error()), lap());
    return {};
  }
  const auto now = sealed::peek_document<sealed::TechnicianClaims>(context_.state.certificate.value_or(""));
  const auto exp = now ? now->exp : claims->exp;
  add(good("sign-in", claims->email + " at " + org->tenant + ", certificate until " + to_rfc3339(from_unix_seconds(exp))), lap());
  return {};
}

Result<void> Examination::check_link(const std::optional<std::string>& agent) {
  const std::string why = relay_known_ ? "not signed in" : "no relay that is known";
  if (!signed_in_) {
    skip({"link"}, why);
    if (agent) skip({"agent", "online", "session"}, why);
    return {};
  }
  LinkProbe probe(in_time());
  const auto opened = probe.open();
  if (!opened && ends_everything(opened.error())) return opened.error();
  if (opened) {
    add(good("link", "upgraded in " + format_duration(probe.upgrade_time()) + "; hello to welcome " +
                         format_duration(probe.welcome_time())),
        probe.upgrade_time() + probe.welcome_time());
  } else {
    add(failed("link", opened.error(), "a proxy that does not let WebSocket through cuts here"));
  }
  return agent ? check_agent(*agent, opened ? &probe : nullptr) : Result<void>();
}

Result<void> Examination::check_agent(const std::string& agent, LinkProbe* probe) {
  lap();
  Api api(in_time());
  const auto entry = api.get<wire::api::AgentEntry>("/v1/agents/" + percent_encoded(agent));
  context_.about = {};
  if (!entry && ends_everything(entry.error())) return entry.error();
  const auto claims = entry ? verify(*entry, agent) : Result<sealed::AgentClaims>(entry.error());
  if (!claims) {
    add(failed("agent", claims.error()), lap());
    skip({"online", "session"}, "no such agent that is certified");
    return {};
  }
  const auto& item = entry->agent;
  add(good("agent", claims->name + " (" + claims->sub.text() + "), agentd " + item.version + " on " + item.os), lap());
  if (!item.online) {
    const auto seen = item.last_seen ? ", last seen " + to_rfc3339(*item.last_seen) : std::string(", never seen");
    add(failed("online", fail(Errc::agent_offline, "it has no link to the relay" + seen),
               "look at 'agentd status' there, and at that machine's way to the relay"));
    skip({"session"}, "the agent is offline");
    return {};
  }
  add(good("online", "by the relay's word"));
  if (probe == nullptr) {
    skip({"session"}, "no link");
    return {};
  }
  const auto reached = probe->reach(*claims);
  if (!reached && ends_everything(reached.error())) return reached.error();
  if (reached) add(good("session", "the agent itself answered a handshake"), *reached);
  else add(failed("session", reached.error()));
  return {};
}

Result<sealed::AgentClaims> Examination::verify(const wire::api::AgentEntry& entry, const std::string& as) {
  RS_TRY(const auto org, pinned_org(context_.state));
  RS_CHECK(certified_item(entry, org, context_.clock.wall()));
  RS_TRY(auto claims, sealed::verify_agent(entry.certificate, org, context_.clock.wall()));
  RS_CHECK(check_target(claims, as));
  return claims;
}

} // namespace rs::cli::doctor
