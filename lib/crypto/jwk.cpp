#include "crypto/jwk.hpp"

#include "describe/codec_impl.hpp"

namespace rs::crypto {

// RFC 8037 §2.
struct Ed25519Jwk {
  std::string kty;
  std::string crv;
  PublicKey x;
  std::array<std::uint8_t, 32> d;
};
RS_DESCRIBE(Ed25519Jwk, kty, crv, x, d)

std::string private_jwk(const Ed25519Key& key) {
  Ed25519Jwk jwk{"OKP", "Ed25519", key.public_key(), {}};
  std::copy_n(key.seed().view().begin(), jwk.d.size(), jwk.d.begin());
  auto text = describe::to_json(jwk);
  wipe(jwk.d);
  return text;
}

Result<Ed25519Key> parse_private_jwk(std::string_view text) {
  const auto node = describe::parse_json(text);
  // The parser's own message may quote the text.
  if (!node) return fail(Errc::invalid, "JWK: not a JSON document");
  auto jwk = describe::from_node<Ed25519Jwk>(*node, describe::Unknown::ignore);
  if (!jwk) return within("JWK", jwk.error());
  if (jwk->kty != "OKP") return fail(Errc::invalid, "JWK: kty: not OKP");
  if (jwk->crv != "Ed25519") return fail(Errc::invalid, "JWK: crv: not Ed25519");
  const Ed25519Key key{Secret32(jwk->d)};
  wipe(jwk->d);
  if (key.public_key() != jwk->x) return fail(Errc::invalid, "JWK: x: not the public key of d");
  return key;
}

} // namespace rs::crypto

RS_CODEC(rs::crypto::Ed25519Jwk)
