#include "crypto/hash.hpp"

#include "base/assert.hpp"
#include "base/handle.hpp"
#include "crypto/keys.hpp"
#include "crypto/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace rs::crypto {
namespace {

// Fetched once and never freed: OpenSSL's own exit handler may run before the destructors of statics.
EVP_MD* sha256_algorithm() {
  static EVP_MD* const algorithm = [] {
    start_openssl();
    return EVP_MD_fetch(nullptr, "SHA256", nullptr);
  }();
  RS_ASSERT(algorithm != nullptr);
  return algorithm;
}

EVP_MAC* hmac_algorithm() {
  static EVP_MAC* const algorithm = [] {
    start_openssl();
    return EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  }();
  RS_ASSERT(algorithm != nullptr);
  return algorithm;
}

// OpenSSL refuses an empty key where its pointer is null.
const std::uint8_t* not_null(ByteView bytes) {
  static constexpr std::uint8_t kNothing = 0;
  return bytes.empty() ? &kNothing : bytes.data();
}

using MacContext = Handle<EVP_MAC_CTX, EVP_MAC_CTX_free>;

MacContext hmac_context(ByteView key) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  MacContext context(EVP_MAC_CTX_new(hmac_algorithm()));
  RS_ASSERT(context != nullptr);
  RS_ASSERT(EVP_MAC_init(context.get(), not_null(key), key.size(), parameters) == 1);
  return context;
}

void update(const MacContext& context, ByteView data) {
  RS_ASSERT(EVP_MAC_update(context.get(), not_null(data), data.size()) == 1);
}

Hash32 finish(const MacContext& context) {
  Hash32 out;
  std::size_t size = 0;
  RS_ASSERT(EVP_MAC_final(context.get(), out.data(), &size, out.size()) == 1 && size == out.size());
  return out;
}

} // namespace

Hash32 sha256(ByteView data) {
  Hash32 out;
  unsigned size = 0;
  RS_ASSERT(EVP_Digest(not_null(data), data.size(), out.data(), &size, sha256_algorithm(), nullptr) == 1 && size == out.size());
  return out;
}

Hash32 hmac_sha256(ByteView key, ByteView data) {
  const auto context = hmac_context(key);
  update(context, data);
  return finish(context);
}

Hash32 hkdf_extract(ByteView salt, ByteView input) { return hmac_sha256(salt, input); }

Bytes hkdf_expand(ByteView prk, ByteView info, std::size_t bytes) {
  RS_ASSERT(bytes <= 255 * sizeof(Hash32));
  Bytes out;
  out.reserve(bytes);
  Hash32 block{};
  for (std::uint8_t counter = 1; out.size() < bytes; ++counter) {
    const auto context = hmac_context(prk);
    if (counter > 1) update(context, block);
    update(context, info);
    update(context, ByteView(&counter, 1));
    block = finish(context);
    const auto wanted = std::min(block.size(), bytes - out.size());
    out.insert(out.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(wanted));
  }
  wipe(block);
  return out;
}

struct Sha256::Impl {
  Handle<EVP_MD_CTX, EVP_MD_CTX_free> context{EVP_MD_CTX_new()};

  Impl() {
    RS_ASSERT(context != nullptr);
    start();
  }
  void start() { RS_ASSERT(EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) == 1); }
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(ByteView data) { RS_ASSERT(EVP_DigestUpdate(impl_->context.get(), not_null(data), data.size()) == 1); }

Hash32 Sha256::finish() {
  Hash32 out;
  unsigned size = 0;
  RS_ASSERT(EVP_DigestFinal_ex(impl_->context.get(), out.data(), &size) == 1 && size == out.size());
  impl_->start();
  return out;
}

std::string fingerprint(ByteView public_key) { return hex(sha256(public_key)); }

} // namespace rs::crypto
