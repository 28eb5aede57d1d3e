#include "base/assert.hpp"
#include "crypto/jwk.hpp"
#include "crypto/jws.hpp"

// What verifies is exactly what the key signed; the input is a whole JWS, a header, or a payload.
namespace {

using namespace rs;
using namespace rs::crypto;

const Ed25519Key& key() {
  static const Ed25519Key key{Secret32(std::array<std::uint8_t, 32>{1})};
  return key;
}

std::string with_header(std::string_view header) {
  const auto input = base64url(as_bytes(header)) + ".e30";
  return input + '.' + base64url(key().sign(as_bytes(input)));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(ByteView(data, size));
  const auto read = jws_verify(text, "rs-agent", key().public_key());
  const auto unverified = jws_unverified_payload(text, "rs-agent");
  if (read) RS_ASSERT(unverified && *read == *unverified);
  static_cast<void>(jws_verify(with_header(text), "rs-agent", key().public_key()));
  const auto compact = jws_sign("rs-agent", text, key());
  const auto back = jws_verify(compact, "rs-agent", key().public_key());
  RS_ASSERT(back ? *back == text : compact.size() > kMaxJws);
  RS_ASSERT(!jws_verify(compact, "rs-technician", key().public_key()));
  static_cast<void>(parse_private_jwk(text));
  return 0;
}
