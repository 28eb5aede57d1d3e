#include "crypto/aead.hpp"

#include "base/assert.hpp"
#include "base/handle.hpp"
#include "crypto/openssl.hpp"

#include <openssl/evp.h>

#include <limits>

namespace rs::crypto {
namespace {

// Fetched once and never freed: OpenSSL's own exit handler may run before the destructors of statics.
EVP_CIPHER* aes_256_gcm() {
  static EVP_CIPHER* const algorithm = [] {
    start_openssl();
    return EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  }();
  RS_ASSERT(algorithm != nullptr);
  return algorithm;
}

enum Direction { decrypting = 0, encrypting = 1 };

} // namespace

struct AesGcm::Impl {
  Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> context{EVP_CIPHER_CTX_new()};

  explicit Impl(const Secret32& key) {
    RS_ASSERT(context != nullptr);
    RS_ASSERT(EVP_CipherInit_ex2(context.get(), aes_256_gcm(), key.view().data(), nullptr, encrypting, nullptr) == 1);
  }

  void start(const Nonce& nonce, ByteView associated, Direction direction) {
    RS_ASSERT(EVP_CipherInit_ex2(context.get(), nullptr, nullptr, nonce.data(), direction, nullptr) == 1);
    if (associated.empty()) return;
    int done = 0;
    RS_ASSERT(associated.size() <= std::numeric_limits<int>::max());
    RS_ASSERT(EVP_CipherUpdate(context.get(), nullptr, &done, associated.data(), static_cast<int>(associated.size())) == 1);
  }

  void transform(MutableBytes text) {
    if (text.empty()) return;
    int done = 0;
    RS_ASSERT(text.size() <= std::numeric_limits<int>::max());
    RS_ASSERT(EVP_CipherUpdate(context.get(), text.data(), &done, text.data(), static_cast<int>(text.size())) == 1);
  }

  bool finish() {
    std::uint8_t nothing[16];
    int done = 0;
    return EVP_CipherFinal_ex(context.get(), nothing, &done) == 1;
  }

  void tag(int command, MutableBytes tag) {
    RS_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), command, static_cast<int>(tag.size()), tag.data()) == 1);
  }
};

AesGcm::AesGcm(const Secret32& key) : impl_(std::make_unique<Impl>(key)) {}
AesGcm::~AesGcm() = default;
AesGcm::AesGcm(AesGcm&&) noexcept = default;
AesGcm& AesGcm::operator=(AesGcm&&) noexcept = default;

void AesGcm::seal(const Nonce& nonce, ByteView associated, MutableBytes buffer) {
  RS_ASSERT(buffer.size() >= kTagBytes);
  const auto text = buffer.first(buffer.size() - kTagBytes);
  impl_->start(nonce, associated, encrypting);
  impl_->transform(text);
  RS_ASSERT(impl_->finish());
  impl_->tag(EVP_CTRL_AEAD_GET_TAG, buffer.last(kTagBytes));
}

bool AesGcm::open(const Nonce& nonce, ByteView associated, MutableBytes buffer) {
  if (buffer.size() < kTagBytes) return false;
  const auto text = buffer.first(buffer.size() - kTagBytes);
  impl_->start(nonce, associated, decrypting);
  impl_->tag(EVP_CTRL_AEAD_SET_TAG, buffer.last(kTagBytes));
  impl_->transform(text);
  if (impl_->finish()) return true;
  clear_openssl_errors();
  return false;
}

} // namespace rs::crypto
