#include "relayd/api/call_auth.hpp"

#include "crypto/hash.hpp"
#include "wire/api.hpp"

namespace rs::relay {
namespace {

constexpr std::size_t kNonce = 16; // bytes, exactly: what is remembered has a bounded size

Result<void> check_age(ByteView nonce, std::int64_t iat, WallTime now) {
  const auto seconds = to_unix_seconds(now);
  if (nonce.size() != kNonce) return fail(Errc::sign_in, "call: a nonce has 16 bytes");
  if (iat > seconds + sealed::kClockTolerance || iat < seconds - kCallLife - sealed::kClockTolerance)
    return fail(Errc::clock_skew, "call: signed at " + to_rfc3339(from_unix_seconds(iat)) + ", here it is " + to_rfc3339(now));
  return {};
}

} // namespace

Result<SignedIn> CallAuth::check(const net::HttpRequest& request, WallTime now) {
  const auto certificate = request.header(wire::api::kCertificateHeader);
  if (certificate.empty()) return fail(Errc::sign_in, std::string(wire::api::kCertificateHeader) + ": missing");
  const auto said = sealed::peek_document<sealed::TechnicianClaims>(certificate);
  if (!said) return fail(Errc::sign_in, "certificate: " + said.error().message);
  const auto* tenant = tenants_.find(said->org);
  if (!tenant) return fail(Errc::sign_in, "certificate: no such tenant");
  auto claims = sealed::verify_technician(certificate, tenant->statement, now);
  if (!claims) return fail(claims.error().code == Errc::clock_skew ? Errc::clock_skew : Errc::sign_in, claims.error().message);
  RS_TRY(const auto call, check_call(request, claims->cnf.sign, now));
  if (!devices_.has(claims->org, claims->cnf.sign)) return fail(Errc::sign_in, "this device is signed out");
  RS_CHECK(check_once(claims->cnf.sign, call.nonce, call.iat, now));
  return SignedIn{tenant, std::move(*claims)};
}

Result<sealed::CallClaims> CallAuth::check_call(const net::HttpRequest& request, const crypto::PublicKey& key,
                                                WallTime now) const {
  const auto header = request.header(wire::api::kCallHeader);
  if (header.empty()) return fail(Errc::sign_in, std::string(wire::api::kCallHeader) + ": missing");
  auto call = sealed::verify_document<sealed::CallClaims>(header, key);
  if (!call) return fail(Errc::sign_in, "call: " + call.error().message);
  const auto hash = crypto::sha256(as_bytes(request.body));
  const bool same = call->method == request.method && call->target == request.target && call->relay == relay_fingerprint_ &&
                    equal_constant_time(call->body_sha256, hash);
  if (!same) return fail(Errc::sign_in, "call: signed for another request");
  RS_CHECK(check_age(call->nonce, call->iat, now));
  return std::move(*call);
}

Result<void> CallAuth::check_once(const crypto::PublicKey& key, ByteView nonce, std::int64_t iat, WallTime now) {
  RS_CHECK(check_age(nonce, iat, now));
  const auto seconds = to_unix_seconds(now);
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
