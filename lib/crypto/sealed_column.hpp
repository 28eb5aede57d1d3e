#pragma once

#include "crypto/keys.hpp"
#include "crypto/random.hpp"

#include <string_view>

namespace rs::crypto {

// Encryption at rest of one column of one row: AES-256-GCM under the key file's 32 bytes, with a random 96-bit nonce
// in front (nonce | ciphertext | tag). The place is authenticated with it, so a value copied to another
// tenant, row or column does not open. Each name at most 65,535 bytes; at most 2^32 values under one key
// (NIST SP 800-38D §8.3).
Bytes encrypt_column(const Secret32& key, std::string_view tenant, std::string_view row, std::string_view column, ByteView plain,
                     Random& random);
// `integrity`: altered, moved from another place, or under another key.
Result<Bytes> decrypt_column(const Secret32& key, std::string_view tenant, std::string_view row, std::string_view column,
                             ByteView sealed);

} // namespace rs::crypto
