#include "crypto/keys.hpp"

#include "base/assert.hpp"
#include "base/handle.hpp"
#include "crypto/openssl.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace rs::crypto {

struct PrivateKey {
  Handle<EVP_PKEY, EVP_PKEY_free> key;
};

namespace {

using KeyHandle = Handle<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;

std::shared_ptr<const PrivateKey> private_key(const char* algorithm, const Secret32& seed) {
  start_openssl();
  KeyHandle key(EVP_PKEY_new_raw_private_key_ex(nullptr, algorithm, nullptr, seed.view().data(), seed.view().size()));
  RS_ASSERT(key != nullptr);
  return std::make_shared<const PrivateKey>(std::move(key));
}

PublicKey public_part(const PrivateKey& key) {
  PublicKey out;
  std::size_t size = out.size();
  RS_ASSERT(EVP_PKEY_get_raw_public_key(key.key.get(), out.data(), &size) == 1 && size == out.size());
  return out;
}

KeyHandle public_key_handle(const char* algorithm, const PublicKey& key) {
  start_openssl();
  return KeyHandle(EVP_PKEY_new_raw_public_key_ex(nullptr, algorithm, nullptr, key.data(), key.size()));
}

} // namespace

void wipe(MutableBytes bytes) { OPENSSL_cleanse(bytes.data(), bytes.size()); }

Secret32::~Secret32() { wipe(bytes_); }

Secret32 Secret32::random(Random& random) {
  Secret32 out;
  random.fill(out.bytes_);
  return out;
}

X25519Key::X25519Key(Secret32 seed) : seed_(std::move(seed)), key_(private_key("X25519", seed_)) { public_ = public_part(*key_); }

Result<Secret32> X25519Key::agree(const PublicKey& peer) const {
  const auto other = public_key_handle("X25519", peer);
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_->key.get(), nullptr));
  RS_ASSERT(other != nullptr && context != nullptr);
  RS_ASSERT(EVP_PKEY_derive_init(context.get()) == 1);
  RS_ASSERT(EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1);
  Secret32 shared;
  std::size_t size = shared.view().size();
  // OpenSSL refuses the all-zero result itself; it has no other reason to fail here.
  if (EVP_PKEY_derive(context.get(), shared.mutable_view().data(), &size) != 1) {
    clear_openssl_errors();
    return fail(Errc::integrity, "X25519: the peer's public key is of low order");
  }
  RS_ASSERT(size == shared.view().size());
  return shared;
}

Ed25519Key::Ed25519Key(Secret32 seed) : seed_(std::move(seed)), key_(private_key("ED25519", seed_)) {
  public_ = public_part(*key_);
}

Signature Ed25519Key::sign(ByteView message) const {
  const DigestContext context(EVP_MD_CTX_new());
  RS_ASSERT(context != nullptr);
  RS_ASSERT(EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key_->key.get(), nullptr) == 1);
  Signature out;
  std::size_t size = out.size();
  RS_ASSERT(EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) == 1 && size == out.size());
  return out;
}

bool ed25519_verify(const PublicKey& key, ByteView message, ByteView signature) {
  const auto handle = public_key_handle("ED25519", key);
  const DigestContext context(EVP_MD_CTX_new());
  RS_ASSERT(handle != nullptr && context != nullptr);
  RS_ASSERT(EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, handle.get(), nullptr) == 1);
  if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1) return true;
  clear_openssl_errors();
  return false;
}

} // namespace rs::crypto
