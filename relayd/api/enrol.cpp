#include "base/log.hpp"
#include "relayd/api/context.hpp"
#include "relayd/audit.hpp"
#include "wire/api.hpp"

#include <array>

namespace rs::relay::api {
namespace {

const Logger kLog("enrol");

constexpr std::size_t kMaxText = 256; // bytes of what an agent says of its machine

std::string unknown_token() { return "token: no such token"; }

// What can be known before the store is asked.
Result<void> check_claims(const Context& context, const std::string& enrol, const sealed::EnrolClaims& claims) {
  if (!sealed::verify_document<sealed::EnrolClaims>(enrol, claims.token))
    return fail(Errc::sign_in, "enrol: not signed by the token");
  if (claims.relay != context.keys.fingerprint()) return fail(Errc::sign_in, "enrol: signed for another relay");
  const auto now = context.clock.wall();
  if (std::abs(claims.iat - to_unix_seconds(now)) > sealed::kClockTolerance)
    return fail(Errc::clock_skew,
                "enrol: signed at " + to_rfc3339(from_unix_seconds(claims.iat)) + ", here it is " + to_rfc3339(now));
  RS_CHECK(check_name(claims.name, "name"));
  if (claims.os.size() > kMaxText || claims.version.size() > kMaxText)
    return fail(Errc::invalid, "os, version: at most " + std::to_string(kMaxText) + " bytes");
  return {};
}

// A reply may get lost: who asks again with the same token, name and keys is answered as before.
std::optional<store::Agent> enrolled_before(store::Store& store, const std::string& org, const sealed::EnrolClaims& claims) {
  auto agent = store.find_agent_by_key(org, claims.cnf.sign);
  const bool same =
      agent && agent->enrolled_by == claims.token && agent->name == claims.name && agent->noise_key == claims.cnf.noise;
  return same ? std::optional(std::move(*agent)) : std::nullopt;
}

// Everything that may refuse comes before the first write, so that a refusal costs the token no use. The store's one
// thread is here: nothing changes in between.
Result<store::EnrolmentToken> check_token(store::Store& store, const std::string& org, const sealed::EnrolClaims& claims,
                                          WallTime now) {
  const auto found = store.find_token(claims.token);
  if (!found && found.error().code != Errc::not_found) return found.error();
  if (!found || found->tenant != org) return fail(Errc::sign_in, unknown_token());
  const auto& token = found->token;
  if (now >= token.expires) return fail(Errc::expired, "token: it expired at " + to_rfc3339(token.expires));
  if (token.uses_left == 0) return fail(Errc::conflict, "token: it is used up");
  const auto named = store.find_agent(org, claims.name);
  if (named && named->name == claims.name) return fail(Errc::conflict, "name " + claims.name + ": taken");
  if (store.find_agent_by_key(org, claims.cnf.sign)) return fail(Errc::conflict, "key: an agent has it");
  return token;
}

store::AuditRecord record_of(const std::string& org, WallTime now, const sealed::EnrolClaims& claims, std::string action,
                             const std::string& target, const std::string& reason = {}) {
  describe::Node detail;
  detail.set("name", claims.name.substr(0, kMaxText));
  detail.set("token", crypto::fingerprint(claims.token));
  if (!reason.empty()) detail.set("reason", reason);
  return audit_record(org, now, "token", std::move(action), target, {}, std::move(detail));
}

net::HttpResponse refuse(store::Store& store, const std::string& org, WallTime now, const sealed::EnrolClaims& claims,
                         const Error& why) {
  const std::array record = {record_of(org, now, claims, "agent.enrol-refused", {}, why.message)};
  const auto recorded = store.append_audit(record);
  return error_response(recorded ? why : recorded.error());
}

net::HttpResponse enrol_agent(Context& context, store::Store& store, const Tenant& tenant, const sealed::EnrolClaims& claims) {
  const auto now = context.clock.wall();
  const auto& org = tenant.row.id;
  const auto before = enrolled_before(store, org, claims);
  if (before) return ok(wire::api::EnrolReply{before->certificate, tenant.row.org_statement});
  const auto token = check_token(store, org, claims, now);
  if (!token)
    return context.enrolment_refusals.take(now) ? refuse(store, org, now, claims, token.error()) : error_response(token.error());
  store::Agent agent{.id = AgentId::from_random(context.random.array<kIdRandomBytes>()),
                     .name = claims.name,
                     .tags = token->tags,
                     .sign_key = claims.cnf.sign,
                     .noise_key = claims.cnf.noise,
                     .os = claims.os,
                     .version = claims.version,
                     .certificate = {},
                     .ephemeral = token->ephemeral,
                     .enrolled_by = claims.token,
                     .instance = {},
                     .next_instance = {},
                     .enrolled_at = now,
                     .last_seen = {}};
  agent.certificate = tenant.issue_agent(agent, now);
  const auto enrolled = store.enrol_agent(org, agent, now, record_of(org, now, claims, "agent.enrol", agent.id.text()));
  if (!enrolled) return error_response(enrolled.error());
  kLog.info("enrolled", {{"agent", agent.id.text()}, {"name", agent.name}});
  return ok(wire::api::EnrolReply{agent.certificate, tenant.row.org_statement});
}

void enrol(Context& context, Request request, Reply reply) {
  const auto body = describe::from_json<wire::api::EnrolRequest>(request.http.body, describe::Unknown::refuse);
  if (!body) return reply(error_response(body.error()));
  const auto claims = sealed::peek_document<sealed::EnrolClaims>(body->enrol);
  if (!claims) return reply(error_response(within("enrol", claims.error())));
  const auto* tenant = context.tenants.find(claims->org);
  if (!tenant) return reply(error_response(fail(Errc::sign_in, unknown_token())));
  const auto good = check_claims(context, body->enrol, *claims);
  if (good)
    return from_store(context, reply, [&context, tenant, claims = *claims](store::Store& store) {
      return enrol_agent(context, store, *tenant, claims);
    });
  const auto now = context.clock.wall();
  kLog.warning("enrolment-refused", {{"address", request.http.peer_address}, {"reason", good.error().message}});
  if (!context.enrolment_refusals.take(now)) return reply(error_response(good.error()));
  from_store(context, reply, [tenant, claims = *claims, now, why = good.error()](store::Store& store) {
    return refuse(store, tenant->row.id, now, claims, why);
  });
}

constexpr Row kRows[] = {{"POST", "/v1/enroll", false, enrol, "Enrol an agent; the token's key signs the body",
                          describe::schema<wire::api::EnrolRequest>, describe::schema<wire::api::EnrolReply>}};

} // namespace

std::span<const Row> enrol_rows() { return kRows; }

} // namespace rs::relay::api
