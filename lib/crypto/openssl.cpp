#include "crypto/openssl.hpp"

#include "base/assert.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>

namespace rs::crypto {

void start_openssl() {
  static const int started = OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  RS_ASSERT(started == 1);
}

std::string openssl_version() { return OpenSSL_version(OPENSSL_VERSION_STRING); }

void clear_openssl_errors() { ERR_clear_error(); }

} // namespace rs::crypto
