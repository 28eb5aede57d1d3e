#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "describe/codec.hpp"
#include "describe/describe.hpp"
#include "wire/vocabulary.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// Bodies of the HTTPS API (under /v1/). Decoded strictly by the server; an error is the document of
// describe/error_report.hpp with a fitting status. Every request of a signed-in device carries the headers below.
namespace rs::wire::api {

inline constexpr std::string_view kCallHeader = "RS-Call";               // rs-call JWS by the device key
inline constexpr std::string_view kCertificateHeader = "RS-Certificate"; // rs-technician JWS

using PublicKey = std::array<std::uint8_t, 32>;

// GET /v1/relay. No sign-in.
struct RelayInfo {
  std::string statement; // rs-relay
  std::string version;
};
RS_DESCRIBE(RelayInfo, statement, version)

// POST /v1/login. The RS-Call header is signed by the device key that the body registers. Wrong tenant, e-mail and
// password are one answer: `sign-in`.
struct LoginRequest {
  std::optional<std::string> tenant; // name; needed where the relay has several
  std::string email;
  std::string password;
  PublicKey sign; // the device's
  PublicKey noise;
};
RS_DESCRIBE(LoginRequest, tenant, email, password, sign, noise)

// Also the answer of POST /v1/renew.
struct LoginReply {
  std::string certificate;   // rs-technician
  std::string org_statement; // rs-org
};
RS_DESCRIBE(LoginReply, certificate, org_statement)

// POST /v1/renew. Signed by the device key; no header.
struct RenewRequest {
  std::string renew; // rs-renew
};
RS_DESCRIBE(RenewRequest, renew)

// POST /v1/logout (no body): the device that signed is forgotten.

// POST /v1/enroll. No header: the token's key signs.
struct EnrolRequest {
  std::string enrol; // rs-enrol
};
RS_DESCRIBE(EnrolRequest, enrol)

struct EnrolReply {
  std::string certificate;   // rs-agent
  std::string org_statement; // rs-org
};
RS_DESCRIBE(EnrolReply, certificate, org_statement)

// An item of GET /v1/agents, and GET /v1/agents/A (id, unique id prefix or name). Name and tags count only from the
// certificate; online, os, version and last_seen are the relay's word.
struct AgentItem {
  AgentId id;
  std::string name;
  std::map<std::string, std::string> tags;
  bool online = false;
  std::string os;
  std::string version;
  std::optional<std::string> user;
  std::optional<WallTime> last_seen;
};
RS_DESCRIBE(AgentItem, id, name, tags, online, os, version, user, last_seen)

struct AgentEntry {
  AgentItem agent;
  std::string certificate; // rs-agent
};
RS_DESCRIBE(AgentEntry, agent, certificate)

struct AgentList {
  std::vector<AgentEntry> items;
};
RS_DESCRIBE(AgentList, items)

// POST /v1/enroll-tokens. The seed stays with who asks; the server gets the public key.
struct TokenRequest {
  PublicKey key;
  Millis ttl{3'600'000};
  std::uint32_t uses = 1;
  std::map<std::string, std::string> tags;
  std::vector<Permission> allow;
  bool ephemeral = false;
};
RS_DESCRIBE(TokenRequest, key, ttl, uses, tags, allow, ephemeral)

// An item of GET /v1/enroll-tokens; DELETE /v1/enroll-tokens/ID revokes.
struct TokenItem {
  std::string id; // fingerprint of the token's key
  std::uint32_t uses_left = 0;
  std::map<std::string, std::string> tags;
  std::vector<Permission> allow;
  bool ephemeral = false;
  WallTime expires;
  std::string created_by;
};
RS_DESCRIBE(TokenItem, id, uses_left, tags, allow, ephemeral, expires, created_by)

struct TokenList {
  std::vector<TokenItem> items;
};
RS_DESCRIBE(TokenList, items)

// GET /v1/org.
struct OrgInfo {
  std::string tenant;
  std::string org;
  std::string org_statement; // rs-org
};
RS_DESCRIBE(OrgInfo, tenant, org, org_statement)

// GET /v1/audit?writer=W&after=SEQ&limit=N&since=T&actor=A&action=X: session/audit_chain.hpp's records, by seq. Whole
// chains are checked by who asks; GET /v1/audit/head?writer=W is what the relay says is the end.

// GET /v1/status: for operators.
struct ServerStatus {
  std::string version;
  std::uint64_t uptime_s = 0;
  std::uint64_t agents_online = 0;
  std::uint64_t links = 0;
  std::uint64_t circuits = 0;
};
RS_DESCRIBE(ServerStatus, version, uptime_s, agents_online, links, circuits)

} // namespace rs::wire::api
