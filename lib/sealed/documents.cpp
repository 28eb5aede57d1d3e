#include "sealed/documents.hpp"

#include "crypto/jws.hpp"
#include "describe/codec_impl.hpp"

namespace rs::sealed {
namespace {

constexpr std::string_view kTokenPrefix = "rse1.";
constexpr std::size_t kMaxToken = 16 * 1024;
constexpr std::size_t kMaxUrl = 2048;
constexpr std::size_t kMaxOrg = 64;

Result<void> refuse(std::string_view field, std::string_view why) {
  return fail(Errc::invalid, "enrolment token: " + std::string(field) + ": " + std::string(why));
}

Result<void> check_url(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  if (!url.starts_with(kScheme) || url.size() == kScheme.size()) return refuse("url", "does not begin with https:// and a host");
  if (url.size() > kMaxUrl) return refuse("url", "longer than " + std::to_string(kMaxUrl) + " bytes");
  const auto printable = [](char c) { return c > ' ' && c < 0x7f; };
  if (!std::all_of(url.begin(), url.end(), printable)) return refuse("url", "a character that no URL has");
  return {};
}

Result<void> check_fingerprint(std::string_view field, std::string_view text) {
  if (text.size() != 2 * sizeof(crypto::PublicKey) || text.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return refuse(field, "not 64 characters of 0-9a-f");
  return {};
}

Result<void> check_token(const EnrolToken& token) {
  RS_CHECK(check_url(token.url));
  if (token.org.empty() || token.org.size() > kMaxOrg) return refuse("org", "1 to " + std::to_string(kMaxOrg) + " bytes");
  if (auto tenant = check_name(token.tenant, "tenant"); !tenant) return within("enrolment token", tenant.error());
  RS_CHECK(check_fingerprint("org_fingerprint", token.org_fingerprint));
  RS_CHECK(check_fingerprint("relay_fingerprint", token.relay_fingerprint));
  if (token.seed.size() != sizeof(crypto::PublicKey)) return refuse("seed", "not 32 bytes");
  if (token.uses == 0) return refuse("uses", "at least 1");
  if (token.exp <= 0) return refuse("exp", "no time after 1970");
  return {};
}

} // namespace

std::string format_enrol_token(const EnrolToken& token) {
  return std::string(kTokenPrefix) + base64url(as_bytes(describe::to_json(token)));
}

Result<EnrolToken> parse_enrol_token(std::string_view text) {
  if (!text.starts_with(kTokenPrefix))
    return fail(Errc::invalid, "enrolment token: does not begin with " + std::string(kTokenPrefix));
  if (text.size() > kMaxToken)
    return fail(Errc::invalid, "enrolment token: longer than " + std::to_string(kMaxToken) + " characters");
  const auto json = from_base64url(text.substr(kTokenPrefix.size()));
  // What the parser says of a damaged text may quote it; the seed stands in there.
  const auto node = json ? describe::parse_json(as_text(*json)) : Result<describe::Node>(json.error());
  if (!node) return fail(Errc::invalid, "enrolment token: damaged, or not copied whole");
  auto token = describe::from_node<EnrolToken>(*node, describe::Unknown::refuse);
  if (!token) return within("enrolment token", token.error());
  RS_CHECK(check_token(*token));
  return token;
}

template <class T>
std::string sign_document(const T& claims, const crypto::Ed25519Key& key) {
  return crypto::jws_sign(T::kType, describe::to_json(claims), key);
}

template <class T>
Result<T> verify_document(std::string_view compact, const PublicKey& key) {
  RS_TRY(const auto payload, crypto::jws_verify(compact, T::kType, key));
  return describe::from_json<T>(payload, describe::Unknown::ignore);
}

template <class T>
Result<T> peek_document(std::string_view compact) {
  RS_TRY(const auto payload, crypto::jws_unverified_payload(compact, T::kType));
  return describe::from_json<T>(payload, describe::Unknown::ignore);
}

#define RS_DOCUMENT(Type)                                                           \
  template std::string sign_document<Type>(const Type&, const crypto::Ed25519Key&); \
  template Result<Type> verify_document<Type>(std::string_view, const PublicKey&);  \
  template Result<Type> peek_document<Type>(std::string_view);

RS_DOCUMENT(TechnicianClaims)
RS_DOCUMENT(AgentClaims)
RS_DOCUMENT(OrgStatement)
RS_DOCUMENT(RelayStatement)
RS_DOCUMENT(HelloClaims)
RS_DOCUMENT(CallClaims)
RS_DOCUMENT(RenewClaims)
RS_DOCUMENT(EnrolClaims)

#undef RS_DOCUMENT

} // namespace rs::sealed

RS_CODEC(rs::sealed::TechnicianClaims)
RS_CODEC(rs::sealed::AgentClaims)
RS_CODEC(rs::sealed::OrgStatement)
RS_CODEC(rs::sealed::RelayStatement)
RS_CODEC(rs::sealed::HelloClaims)
RS_CODEC(rs::sealed::CallClaims)
RS_CODEC(rs::sealed::RenewClaims)
RS_CODEC(rs::sealed::EnrolClaims)
RS_CODEC(rs::sealed::EnrolToken)
RS_CODEC(rs::sealed::Instance)
RS_CODEC(rs::sealed::Confirmation)
