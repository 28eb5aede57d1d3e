#include "base/log.hpp"
#include "relayd/api/context.hpp"
#include "relayd/audit.hpp"
#include "wire/api.hpp"

#include <array>

namespace rs::relay::api {
namespace {

const Logger kLog("enrol");

// A name that is taken is an error, and the token's use must not be lost with it: so the row is added first, and taken
// back where the token is no good.
net::HttpResponse enrol_agent(Context& context, store::Store& store, const Tenant& tenant, const sealed::EnrolClaims& claims) {
  const auto now = context.clock.wall();
  const auto& org = tenant.row.id;
  const auto found = store.find_token(claims.token);
  if (!found || found->tenant != org) return error_response(fail(Errc::sign_in, "token: no such token"));
  store::Agent agent{.id = AgentId::from_random(context.random.array<kIdRandomBytes>()), .name = claims.name, .tags = found->token.tags,
                     .sign_key = claims.cnf.sign, .noise_key = claims.cnf.noise, .os = claims.os, .version = claims.version, .certificate = {},
                     .ephemeral = found->token.ephemeral, .instance = {}, .next_instance = {}, .enrolled_at = now, .last_seen = {}};
  agent.certificate = tenant.issue_agent(agent, now);
  if (const auto added = store.add_agent(org, agent); !added) return error_response(within("name " + claims.name, added.error()));
  auto used = store.use_token(claims.token, now);
  describe::Node detail;
  detail.set("name", claims.name);
  detail.set("token", crypto::fingerprint(claims.token));
  const std::array record = {audit_record(org, now, "token", used ? "agent.enrol" : "agent.enrol-refused", agent.id.text(), {}, std::move(detail))};
  const auto recorded = store.append_audit(record);
  if (!used || !recorded) {
    (void)store.remove_agent(org, agent.id);
    return error_response(used ? recorded.error() : within("token", used.error()));
  }
  kLog.info("enrolled", {{"agent", agent.id.text()}, {"name", agent.name}});
  return ok(wire::api::EnrolReply{agent.certificate, tenant.row.org_statement});
}

void enrol(Context& context, Request request, Reply reply) {
  const auto body = describe::from_json<wire::api::EnrolRequest>(request.http.body, describe::Unknown::refuse);
  if (!body) return reply(error_response(body.error()));
  const auto said = sealed::peek_document<sealed::EnrolClaims>(body->enrol);
  if (!said) return reply(error_response(within("enrol", said.error())));
  const auto claims = sealed::verify_document<sealed::EnrolClaims>(body->enrol, said->token);
  if (!claims) return reply(error_response(fail(Errc::sign_in, "enrol: not signed by the token")));
  if (claims->relay != context.keys.fingerprint()) return reply(error_response(fail(Errc::sign_in, "enrol: signed for another relay")));
  if (const auto name = check_name(claims->name, "name"); !name) return reply(error_response(name.error()));
  const auto* tenant = context.tenants.find(claims->org);
  if (!tenant) return reply(error_response(fail(Errc::sign_in, "token: no such token")));
  const auto seconds = to_unix_seconds(context.clock.wall());
  if (std::abs(claims->iat - seconds) > sealed::kClockTolerance)
    return reply(error_response(fail(Errc::clock_skew, "enrol: signed at " + to_rfc3339(from_unix_seconds(claims->iat)) + ", here it is " + to_rfc3339(context.clock.wall()))));
  from_store(context, reply, [&context, tenant, claims = *claims](store::Store& store) { return enrol_agent(context, store, *tenant, claims); });
}

constexpr Row kRows[] = {{"POST", "/v1/enroll", false, enrol}};

} // namespace

std::span<const Row> enrol_rows() { return kRows; }

} // namespace rs::relay::api
