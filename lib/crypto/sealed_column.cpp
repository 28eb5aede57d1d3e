#include "crypto/sealed_column.hpp"

#include "crypto/aead.hpp"
#include "crypto/transcript.hpp"

namespace rs::crypto {
namespace {

Bytes place(std::string_view tenant, std::string_view row, std::string_view column) {
  return Transcript().text("rs1 column").text(tenant).text(row).text(column).bytes();
}

} // namespace

Bytes encrypt_column(const Secret32& key, std::string_view tenant, std::string_view row, std::string_view column, ByteView plain,
                     Random& random) {
  const auto nonce = random.array<kNonceBytes>();
  Bytes out(nonce.begin(), nonce.end());
  out.insert(out.end(), plain.begin(), plain.end());
  out.resize(out.size() + kTagBytes);
  AesGcm(key).seal(nonce, place(tenant, row, column), MutableBytes(out).subspan(kNonceBytes));
  return out;
}

Result<Bytes> decrypt_column(const Secret32& key, std::string_view tenant, std::string_view row, std::string_view column,
                             ByteView sealed) {
  if (sealed.size() < kNonceBytes + kTagBytes) return fail(Errc::integrity, "encrypted column: too short");
  Nonce nonce;
  std::copy_n(sealed.begin(), kNonceBytes, nonce.begin());
  Bytes out(sealed.begin() + kNonceBytes, sealed.end());
  if (!AesGcm(key).open(nonce, place(tenant, row, column), out))
    return fail(Errc::integrity, "encrypted column " + std::string(column) + ": it does not open under this key at this place");
  out.resize(out.size() - kTagBytes);
  return out;
}

} // namespace rs::crypto
