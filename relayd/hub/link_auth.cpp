#include "relayd/hub/link_auth.hpp"

#include "wire/limits.hpp"

#include <algorithm>

namespace rs::relay {
namespace {

Result<sealed::HelloClaims> check_claims(const std::string& hello, const crypto::PublicKey& key, ByteView nonce,
                                         const std::string& relay_fingerprint) {
  RS_TRY(auto claims, sealed::verify_document<sealed::HelloClaims>(hello, key));
  if (!equal_constant_time(claims.nonce, nonce)) return fail(Errc::sign_in, "hello: another challenge's nonce");
  if (claims.relay != relay_fingerprint) return fail(Errc::sign_in, "hello: meant for another relay");
  if (std::find(claims.versions.begin(), claims.versions.end(), wire::kVersion) == claims.versions.end())
    return fail(Errc::unsupported, "hello: no common version, this relay has " + std::to_string(wire::kVersion));
  return claims;
}

Result<HelloCheck> check_technician(const wire::Hello& hello, const sealed::TechnicianClaims& said, ByteView nonce,
                                    const std::string& relay_fingerprint, const Tenants& tenants, const Devices& devices,
                                    WallTime now) {
  const auto* tenant = tenants.find(said.org);
  if (!tenant) return fail(Errc::sign_in, "certificate: no such tenant");
  RS_TRY(const auto claims, sealed::verify_technician(hello.certificate, tenant->statement, now));
  RS_CHECK(check_claims(hello.hello, claims.cnf.sign, nonce, relay_fingerprint));
  if (!devices.has(claims.org, claims.cnf.sign)) return fail(Errc::sign_in, "this device is signed out");
  return HelloCheck{tenant, {false, claims.org, claims.sub, claims.name, claims.email, claims.role}, claims.cnf.sign, {}, {}};
}

Result<HelloCheck> check_agent(const wire::Hello& hello, const sealed::AgentClaims& said, ByteView nonce,
                               const std::string& relay_fingerprint, const Tenants& tenants, WallTime now) {
  const auto* tenant = tenants.find(said.org);
  if (!tenant) return fail(Errc::sign_in, "certificate: no such tenant");
  RS_TRY(auto claims, sealed::verify_agent(hello.certificate, tenant->statement, now));
  RS_TRY(const auto signed_hello, check_claims(hello.hello, claims.cnf.sign, nonce, relay_fingerprint));
  if (!signed_hello.next) return fail(Errc::sign_in, "hello: an agent's has an instance");
  HelloCheck check{tenant,
                   {true, claims.org, claims.sub.text(), claims.name, {}, Role::customer},
                   claims.cnf.sign,
                   {},
                   session::InstanceOffer{signed_hello.last, *signed_hello.next}};
  check.agent = std::move(claims);
  return check;
}

} // namespace

Result<HelloCheck> check_hello(const wire::Hello& hello, ByteView nonce, const std::string& relay_fingerprint,
                               const Tenants& tenants, const Devices& devices, WallTime now) {
  if (const auto technician = sealed::peek_document<sealed::TechnicianClaims>(hello.certificate))
    return check_technician(hello, *technician, nonce, relay_fingerprint, tenants, devices, now);
  RS_TRY(const auto agent, sealed::peek_document<sealed::AgentClaims>(hello.certificate));
  return check_agent(hello, agent, nonce, relay_fingerprint, tenants, now);
}

} // namespace rs::relay
