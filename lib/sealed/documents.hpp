#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "crypto/keys.hpp"
#include "describe/codec.hpp"
#include "describe/describe.hpp"
#include "wire/vocabulary.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// The claims of every signed document (compact JWS, EdDSA). Times are Unix seconds, keys raw and base64url.
// `typ` of each stands beside it as kType. Unknown claims are ignored.
namespace rs::sealed {

using crypto::PublicKey;

// The two keys of a profile, bot or agent (RFC 7800).
struct Confirmation {
  PublicKey sign;  // Ed25519
  PublicKey noise; // X25519
};
RS_DESCRIBE(Confirmation, sign, noise)

struct TechnicianClaims {
  static constexpr std::string_view kType = "rs-technician";
  PublicKey iss; // the issuer's key; must stand in the org statement
  std::string org;
  std::string sub; // the user's id
  std::string name;
  std::string email;
  Role role;
  std::vector<Permission> permissions;
  Confirmation cnf;
  std::int64_t iat;
  std::int64_t exp;  // for sessions: 12 hours at most
  std::int64_t jexp; // for jobs
};
RS_DESCRIBE(TechnicianClaims, iss, org, sub, name, email, role, permissions, cnf, iat, exp, jexp)

struct AgentClaims {
  static constexpr std::string_view kType = "rs-agent";
  PublicKey iss;
  std::string org;
  AgentId sub;
  std::string name;
  std::map<std::string, std::string> tags;
  Confirmation cnf;
  std::int64_t iat;
  std::int64_t exp;
};
RS_DESCRIBE(AgentClaims, iss, org, sub, name, tags, cnf, iat, exp)

enum class TenantMode { managed, locked };
RS_DESCRIBE_ENUM(TenantMode, managed, locked)
enum class Certifies { technician, bot, agent };
RS_DESCRIBE_ENUM(Certifies, technician, bot, agent)

struct Issuer {
  PublicKey key;
  std::vector<Certifies> certifies;
};
RS_DESCRIBE(Issuer, key, certifies)

struct OrgStatement {
  static constexpr std::string_view kType = "rs-org";
  PublicKey root; // must match the pinned fingerprint; signs this statement
  std::string org;
  std::string tenant; // name
  std::uint64_t number;
  std::int64_t iat;
  TenantMode mode;
  std::vector<Issuer> issuers;
};
RS_DESCRIBE(OrgStatement, root, org, tenant, number, iat, mode, issuers)

struct RelayStatement {
  static constexpr std::string_view kType = "rs-relay";
  PublicKey key; // must match the pinned fingerprint, or be its successor; signs this statement
  std::uint64_t number;
  std::int64_t iat;
  std::int64_t exp;                   // 30 days
  std::vector<std::string> addresses; // hosts without port; they only inform
  std::vector<Bytes> tls;             // SHA-256 of the SubjectPublicKeyInfo of each TLS front
  std::optional<PublicKey> successor;
};
RS_DESCRIBE(RelayStatement, key, number, iat, exp, addresses, tls, successor)

struct Instance {
  std::uint64_t counter = 0;
  Bytes random; // 16 bytes
  friend bool operator==(const Instance&, const Instance&) = default;
};
RS_DESCRIBE(Instance, counter, random)

// What a peer signs over the relay's challenge.
struct HelloClaims {
  static constexpr std::string_view kType = "rs-hello";
  std::string relay; // fingerprint
  Bytes nonce;
  std::optional<Instance> last; // agents: the last acknowledged
  std::optional<Instance> next; // agents: offered now
  std::vector<std::uint32_t> versions;
  std::vector<std::string> features;
};
RS_DESCRIBE(HelloClaims, relay, nonce, last, next, versions, features)

// One API request by a signed-in device; good for 60 s, once.
struct CallClaims {
  static constexpr std::string_view kType = "rs-call";
  std::string method;
  std::string target; // path and query
  Bytes body_sha256;
  std::string relay; // fingerprint
  std::int64_t iat;
  Bytes nonce; // 16 bytes
};
RS_DESCRIBE(CallClaims, method, target, body_sha256, relay, iat, nonce)

// A device key asks for a fresh certificate (RFC 7523).
struct RenewClaims {
  static constexpr std::string_view kType = "rs-renew";
  std::string org;
  std::string sub;
  std::string relay;
  std::int64_t iat;
  Bytes nonce;
};
RS_DESCRIBE(RenewClaims, org, sub, relay, iat, nonce)

// An agent enrols: signed by the token's seed, and its body names the new agent's keys.
struct EnrolClaims {
  static constexpr std::string_view kType = "rs-enrol";
  PublicKey token; // the token's public key
  std::string org;
  std::string relay;
  std::string name;
  std::string os;
  std::string version;
  Confirmation cnf;
  std::int64_t iat;
};
RS_DESCRIBE(EnrolClaims, token, org, relay, name, os, version, cnf, iat)

// The enrolment token as one string: "rse1." and the base64url of this as JSON. A secret.
struct EnrolToken {
  std::string url;
  std::string org;
  std::string tenant;
  std::string org_fingerprint;
  std::string relay_fingerprint;
  Bytes seed; // Ed25519, 32 bytes
  std::map<std::string, std::string> tags;
  std::vector<Permission> allow;
  std::uint32_t uses;
  std::int64_t exp;
};
RS_DESCRIBE(EnrolToken, url, org, tenant, org_fingerprint, relay_fingerprint, seed, tags, allow, uses, exp)

std::string format_enrol_token(const EnrolToken& token);
Result<EnrolToken> parse_enrol_token(std::string_view text); // strict; `invalid` names the field, never the seed

// Signs claims of type T under T::kType.
template <class T>
std::string sign_document(const T& claims, const crypto::Ed25519Key& key);
// Verified over the bytes received under T::kType, then decoded.
template <class T>
Result<T> verify_document(std::string_view compact, const PublicKey& key);
// Decoded without verification, to learn which key should have signed. Hostile until verified.
template <class T>
Result<T> peek_document(std::string_view compact);

} // namespace rs::sealed
