#pragma once

#include "base/bytes.hpp"
#include "crypto/keys.hpp"

#include <string>
#include <string_view>

namespace rs::crypto {

inline constexpr std::size_t kMaxJws = 64 * 1024; // characters; a longer text is `invalid`

// Compact JWS (RFC 7515 §7.1) with EdDSA (RFC 8037) and an explicit type (RFC 8725 §3.11). The header is
// exactly {"alg":"EdDSA","typ":TYP} as written by jws_sign, optionally with "kid" and "crit"; no key is ever
// taken from it.
std::string jws_sign(std::string_view typ, std::string_view payload, const Ed25519Key& key);

// The payload of `compact` where its type is `typ` and `key` signed it. `invalid`: no JWS, or another type or
// algorithm; `forbidden`: the signature is not by `key`. Verified over the bytes received, before any decoding
// of the payload. A header member other than alg, typ, kid, or any `crit`, is `invalid`.
Result<std::string> jws_verify(std::string_view compact, std::string_view typ, const PublicKey& key);

// The payload without a look at the signature: to find out which key should have signed. `invalid` as above.
// What it says must be treated as hostile until jws_verify has agreed.
Result<std::string> jws_unverified_payload(std::string_view compact, std::string_view typ);

} // namespace rs::crypto
