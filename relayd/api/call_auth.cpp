#include "relayd/api/call_auth.hpp"

#include "crypto/hash.hpp"
#include "wire/api.hpp"

namespace rs::relay {

Result<SignedIn> CallAuth::check(const net::HttpRequest& request, WallTime now) {
  const auto certificate = request.header(wire::api::kCertificateHeader);
  if (certificate.empty()) return fail(Errc::sign_in, std::string(wire::api::kCertificateHeader) + ": missing");
  const auto said = sealed::peek_document<sealed::TechnicianClaims>(certificate);
  if (!said) return fail(Errc::sign_in, "certificate: " + said.error().message);
  const auto* tenant = tenants_.find(said->org);
  if (!tenant) return fail(Errc::sign_in, "certificate: no such tenant");
  auto claims = sealed::verify_technician(certificate, tenant->statement, now);
  if (!claims) return fail(claims.error().code == Errc::clock_skew ? Errc::clock_skew : Errc::sign_in, claims.error().message);
  RS_CHECK(check_call(request, claims->cnf.sign, now));
  return SignedIn{tenant, std::move(*claims)};
}

Result<void> CallAuth::check_call(const net::HttpRequest& request, const crypto::PublicKey& key, WallTime now) {
  const auto header = request.header(wire::api::kCallHeader);
  if (header.empty()) return fail(Errc::sign_in, std::string(wire::api::kCallHeader) + ": missing");
  const auto call = sealed::verify_document<sealed::CallClaims>(header, key);
  if (!call) return fail(Errc::sign_in, "call: " + call.error().message);
  const auto hash = crypto::sha256(as_bytes(request.body));
  const bool same = call->method == request.method && call->target == request.target && call->relay == relay_fingerprint_ &&
                    equal_constant_time(call->body_sha256, hash);
  if (!same) return fail(Errc::sign_in, "call: signed for another request");
  return check_once(key, call->nonce, call->iat, now);
}

Result<void> CallAuth::check_once(const crypto::PublicKey& key, ByteView nonce, std::int64_t iat, WallTime now) {
  const auto seconds = to_unix_seconds(now);
  if (nonce.size() < 16) return fail(Errc::sign_in, "call: a nonce has 16 bytes");
  if (iat > seconds + sealed::kClockTolerance || iat < seconds - kCallLife - sealed::kClockTolerance)
    return fail(Errc::clock_skew, "call: signed at " + to_rfc3339(from_unix_seconds(iat)) + ", here it is " + to_rfc3339(now));
  const std::lock_guard lock(mutex_);
  if (seconds >= next_clean_) {
    std::erase_if(seen_, [&](const auto& entry) { return entry.second < seconds; });
    next_clean_ = seconds + kCallLife;
  }
  const auto until = iat + kCallLife + 2 * sealed::kClockTolerance;
  if (!seen_.emplace(to_text(key) + to_text(nonce), until).second) return fail(Errc::sign_in, "call: seen before");
  return {};
}

} // namespace rs::relay
