#pragma once

#include "net/http.hpp"
#include "relayd/devices.hpp"
#include "relayd/tenants.hpp"

#include <map>
#include <mutex>
#include <string>

namespace rs::relay {

// Who signed a request.
struct SignedIn {
  const Tenant* tenant;
  sealed::TechnicianClaims claims;
};

inline constexpr std::int64_t kCallLife = 60; // seconds that a signed request is good for, once

// Checks signed requests: the certificate's chain, the rs-call over this very request, its age, that the device is still
// registered, and that its nonce has not been seen. Thread-safe. `sign_in` for everything that is wrong, `clock-skew` where only the time is.
class CallAuth {
 public:
  CallAuth(const Tenants& tenants, const Devices& devices, std::string relay_fingerprint)
      : tenants_(tenants), devices_(devices), relay_fingerprint_(std::move(relay_fingerprint)) {}

  Result<SignedIn> check(const net::HttpRequest& request, WallTime now);
  // The rs-call alone, by a key that the caller knows from elsewhere (login): signed over this request, and its age. It is
  // not remembered: who has proved nothing else yet must not fill our memory.
  Result<sealed::CallClaims> check_call(const net::HttpRequest& request, const crypto::PublicKey& key, WallTime now) const;
  // `iat` in the window, and this nonce used once by this key.
  Result<void> check_once(const crypto::PublicKey& key, ByteView nonce, std::int64_t iat, WallTime now);

 private:
  const Tenants& tenants_;
  const Devices& devices_;
  std::string relay_fingerprint_;
  std::mutex mutex_;
  std::map<std::string, std::int64_t> seen_; // key | nonce → until when it must be remembered
  std::int64_t next_clean_ = 0;
};

} // namespace rs::relay
