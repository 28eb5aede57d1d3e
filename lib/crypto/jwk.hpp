#pragma once

#include "crypto/keys.hpp"

#include <string>
#include <string_view>

namespace rs::crypto {

// A private Ed25519 key as a JWK (RFC 8037 §2): the org root file. A secret; one line without a newline.
std::string private_jwk(const Ed25519Key& key);

// `invalid` names the member and never what it held; members besides kty, crv, x and d are ignored. x must belong to d.
Result<Ed25519Key> parse_private_jwk(std::string_view text);

} // namespace rs::crypto
