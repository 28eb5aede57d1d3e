#include "crypto/jws.hpp"

#include "base/assert.hpp"
#include "describe/node.hpp"

#include <string>

namespace rs::crypto {
namespace {

using describe::Node;

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signing_input; // header.payload, as received
};

Result<Parts> split(std::string_view compact) {
  if (compact.size() > kMaxJws) return fail(Errc::invalid, "JWS: longer than " + std::to_string(kMaxJws) + " bytes");
  const auto first = compact.find('.');
  const auto second = first == std::string_view::npos ? first : compact.find('.', first + 1);
  if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos)
    return fail(Errc::invalid, "JWS: not three parts");
  return Parts{compact.substr(0, first), compact.substr(first + 1, second - first - 1), compact.substr(second + 1),
               compact.substr(0, second)};
}

bool is_text(const Node* node, std::string_view expected) {
  const auto* text = node == nullptr ? nullptr : node->get_if<std::string>();
  return text != nullptr && *text == expected;
}

Result<void> check_header(std::string_view encoded, std::string_view typ) {
  const auto bytes = from_base64url(encoded);
  const auto header = bytes ? describe::parse_json(as_text(*bytes)) : Result<Node>(bytes.error());
  const auto* members = header ? header->get_if<Node::Object>() : nullptr;
  if (members == nullptr) return fail(Errc::invalid, "JWS: the header is no JSON object");
  if (!is_text(header->find("typ"), typ)) return fail(Errc::invalid, "JWS: typ is not " + std::string(typ));
  if (!is_text(header->find("alg"), "EdDSA")) return fail(Errc::invalid, "JWS: alg is not EdDSA");
  for (const auto& [name, value] : *members) {
    if (name != "typ" && name != "alg" && name != "kid")
      return fail(Errc::invalid, "JWS: the header has a member besides alg, typ and kid");
  }
  return {};
}

Result<std::string> decode_payload(const Parts& parts) {
  const auto bytes = from_base64url(parts.payload);
  if (!bytes) return within("JWS payload", bytes.error());
  return to_text(*bytes);
}

} // namespace

std::string jws_sign(std::string_view typ, std::string_view payload, const Ed25519Key& key) {
  RS_ASSERT(typ.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos);
  auto out = base64url(as_bytes(R"({"alg":"EdDSA","typ":")" + std::string(typ) + "\"}")) + '.' + base64url(as_bytes(payload));
  return out + '.' + base64url(key.sign(as_bytes(out)));
}

Result<std::string> jws_verify(std::string_view compact, std::string_view typ, const PublicKey& key) {
  RS_TRY(const auto parts, split(compact));
  RS_CHECK(check_header(parts.header, typ));
  const auto signature = from_base64url(parts.signature);
  if (!signature) return within("JWS signature", signature.error());
  if (!ed25519_verify(key, as_bytes(parts.signing_input), *signature))
    return fail(Errc::forbidden, "JWS: the signature of this " + std::string(typ) + " is not by the expected key");
  return decode_payload(parts);
}

Result<std::string> jws_unverified_payload(std::string_view compact, std::string_view typ) {
  RS_TRY(const auto parts, split(compact));
  RS_CHECK(check_header(parts.header, typ));
  return decode_payload(parts);
}

} // namespace rs::crypto
