#pragma once

#include "base/result.hpp"
#include "crypto/random.hpp"

#include <string>
#include <string_view>

namespace rs::crypto {

// argon2id as a PHC string with its parameters (19 MiB, t=2, p=1: OWASP's minimum). About 40 ms of CPU: never on
// an I/O thread.
std::string hash_password(std::string_view password, Random& random);
// `internal` where `phc` is no PHC string; false where the password is another.
Result<bool> verify_password(std::string_view password, const std::string& phc);
bool needs_rehash(const std::string& phc); // its parameters are not today's

} // namespace rs::crypto
