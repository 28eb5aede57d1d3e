#include "sealed/frames.hpp"

#include "base/assert.hpp"
#include "crypto/hash.hpp"
#include "crypto/transcript.hpp"

namespace rs::sealed {
namespace {

crypto::Nonce nonce_of(std::uint64_t count) {
  crypto::Nonce nonce{};
  store_be(nonce.data() + 4, count);
  return nonce;
}

// §4.2: the first 32 bytes of ENCRYPT(k, 2^64-1, "", zeros).
void rekey(crypto::Secret32& key, crypto::AesGcm& cipher) {
  std::array<std::uint8_t, sizeof(crypto::Secret32) + crypto::kTagBytes> block{};
  cipher.seal(nonce_of(~std::uint64_t{0}), {}, block);
  std::copy_n(block.begin(), key.mutable_view().size(), key.mutable_view().begin());
  crypto::wipe(block);
  cipher = crypto::AesGcm(key);
}

} // namespace

Bytes session_prologue(std::string_view open_json) { return crypto::Transcript().text("rs1").text(open_json).bytes(); }

crypto::Secret32 circuit_key(const crypto::Secret32& root, std::uint64_t call_no, std::string_view open_json) {
  const auto info = crypto::Transcript().text("rs1 circuit").number(call_no).bare(crypto::sha256(as_bytes(open_json))).bytes();
  crypto::Secret32 key;
  auto expanded = crypto::hkdf_expand(root.view(), info, key.view().size());
  std::copy(expanded.begin(), expanded.end(), key.mutable_view().begin());
  crypto::wipe(expanded);
  return key;
}

FrameSealer::FrameSealer(const crypto::Secret32& key, std::uint64_t rekey_every)
    : key_(key), cipher_(key), rekey_every_(rekey_every) {}

void FrameSealer::seal(MutableBytes buffer) {
  RS_ASSERT(buffer.size() >= crypto::kTagBytes);
  if (count_ != 0 && count_ % rekey_every_ == 0) rekey(key_, cipher_);
  cipher_.seal(nonce_of(count_), {}, buffer);
  ++count_;
}

FrameOpener::FrameOpener(const crypto::Secret32& key, std::uint64_t rekey_every)
    : key_(key), cipher_(key), rekey_every_(rekey_every) {}

bool FrameOpener::open(MutableBytes buffer) {
  if (broken_) return false;
  if (count_ != 0 && count_ % rekey_every_ == 0) rekey(key_, cipher_);
  broken_ = !cipher_.open(nonce_of(count_), {}, buffer);
  if (!broken_) ++count_;
  return !broken_;
}

} // namespace rs::sealed
