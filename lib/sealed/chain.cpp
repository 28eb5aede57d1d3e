#include "sealed/chain.hpp"

#include "crypto/hash.hpp"

#include <algorithm>

namespace rs::sealed {
namespace {

constexpr std::int64_t kLastSecond = 253'402'300'799; // 9999-12-31T23:59:59Z, the end of RFC 3339

std::string moment(std::int64_t seconds) { return to_rfc3339(from_unix_seconds(seconds)); }

Result<void> check_moment(std::int64_t seconds, std::string_view claim) {
  if (seconds >= 0 && seconds <= kLastSecond) return {};
  return fail(Errc::invalid, std::string(claim) + ": no time between 1970 and 9999");
}

struct Life {
  std::int64_t iat;
  std::int64_t exp;
  std::int64_t longest;
};

// The form alone; whether it holds now is check_dates'.
Result<void> check_life(const Life& life) {
  RS_CHECK(check_moment(life.iat, "iat"));
  RS_CHECK(check_moment(life.exp, "exp"));
  if (life.exp < life.iat) return fail(Errc::invalid, "exp: before iat");
  if (life.exp - life.iat > life.longest)
    return fail(Errc::invalid,
                "exp: " + std::to_string(life.exp - life.iat) + " s after iat, at most " + std::to_string(life.longest));
  return {};
}

Result<void> check_dates(const Life& life, WallTime now) {
  const auto seconds = to_unix_seconds(now);
  if (life.iat - kClockTolerance > seconds)
    return fail(Errc::clock_skew, "issued at " + moment(life.iat) + ", but the clock here says " + moment(seconds));
  if (life.exp + kClockTolerance < seconds) return fail(Errc::expired, "expired at " + moment(life.exp));
  return {};
}

const Issuer* find_issuer(const PublicKey& key, const OrgStatement& org) {
  const auto found =
      std::find_if(org.issuers.begin(), org.issuers.end(), [&](const Issuer& issuer) { return issuer.key == key; });
  return found == org.issuers.end() ? nullptr : &*found;
}

template <class Claims>
struct Issued {
  Claims claims;
  const Issuer* issuer;
};

// Only the issuer's key is taken from the unverified text; everything else is read after the signature agreed.
template <class Claims>
Result<Issued<Claims>> verify_by_issuer(std::string_view compact, const OrgStatement& org) {
  RS_TRY(const auto unverified, peek_document<Claims>(compact));
  const auto* issuer = find_issuer(unverified.iss, org);
  if (issuer == nullptr) return fail(Errc::forbidden, "iss: not an issuer of tenant " + org.tenant);
  RS_TRY(auto claims, verify_document<Claims>(compact, issuer->key));
  if (claims.org != org.org) return fail(Errc::forbidden, "org: of another tenant than " + org.tenant);
  return Issued<Claims>{std::move(claims), issuer};
}

Result<void> check_certifies(const Issuer& issuer, Certifies kind) {
  if (std::find(issuer.certifies.begin(), issuer.certifies.end(), kind) != issuer.certifies.end()) return {};
  return fail(Errc::forbidden, "iss: this issuer may not certify what the certificate is");
}

std::int64_t longest_technician_life(TenantMode mode) {
  return mode == TenantMode::locked ? kMaxLockedTechnicianLife : kMaxTechnicianLife;
}

Error as_identity(Error error) {
  if (error.code == Errc::forbidden) error.code = Errc::server_identity;
  return error;
}

Result<void> check_number(std::uint64_t number, std::uint64_t least) {
  if (number >= least) return {};
  return fail(Errc::conflict, "number: " + std::to_string(number) + ", but " + std::to_string(least) + " was seen already");
}

Result<void> check_org_contents(const OrgStatement& statement) {
  RS_CHECK(check_moment(statement.iat, "iat"));
  return check_name(statement.tenant, "tenant");
}

// A successor, once pinned, is replaced or withdrawn by its own signature only: who steals the key of today must
// not choose the key of tomorrow.
Result<void> check_successor(const RelayStatement& statement, const RelayPin& pin) {
  if (!pin.successor_fingerprint || crypto::fingerprint(statement.key) == *pin.successor_fingerprint) return {};
  if (statement.successor && crypto::fingerprint(*statement.successor) == *pin.successor_fingerprint) return {};
  return fail(Errc::server_identity, "successor: changed without the signature of the successor pinned earlier");
}

Result<void> check_relay_contents(const RelayStatement& statement, WallTime now) {
  for (const auto& hash : statement.tls) {
    if (hash.size() != sizeof(crypto::Hash32)) return fail(Errc::invalid, "tls: not a SHA-256");
  }
  const Life life{statement.iat, statement.exp, kMaxRelayStatementLife};
  RS_CHECK(check_life(life));
  return check_dates(life, now);
}

} // namespace

Result<OrgStatement> verify_org_statement(std::string_view compact, const OrgPin& pin) {
  RS_TRY(const auto unverified, peek_document<OrgStatement>(compact));
  if (crypto::fingerprint(unverified.root) != pin.root_fingerprint)
    return fail(Errc::server_identity,
                "org statement: by the root " + crypto::fingerprint(unverified.root) + ", pinned is " + pin.root_fingerprint);
  auto statement = verify_document<OrgStatement>(compact, unverified.root);
  if (!statement) return within("org statement", as_identity(statement.error()));
  if (statement->org != pin.org) return fail(Errc::server_identity, "org statement: of another tenant");
  if (auto number = check_number(statement->number, pin.least_number); !number) return within("org statement", number.error());
  if (auto contents = check_org_contents(*statement); !contents) return within("org statement", contents.error());
  return statement;
}

Result<RelayStatement> verify_relay_statement(std::string_view compact, const RelayPin& pin, WallTime now) {
  RS_TRY(const auto unverified, peek_document<RelayStatement>(compact));
  const auto fingerprint = crypto::fingerprint(unverified.key);
  if (fingerprint != pin.fingerprint && fingerprint != pin.successor_fingerprint)
    return fail(Errc::server_identity, "relay statement: by the key " + fingerprint + ", pinned is " + pin.fingerprint);
  auto statement = verify_document<RelayStatement>(compact, unverified.key);
  if (!statement) return within("relay statement", as_identity(statement.error()));
  if (auto number = check_number(statement->number, pin.least_number); !number) return within("relay statement", number.error());
  if (auto successor = check_successor(*statement, pin); !successor) return within("relay statement", successor.error());
  if (auto contents = check_relay_contents(*statement, now); !contents) return within("relay statement", contents.error());
  return statement;
}

Result<TechnicianClaims> verify_technician(std::string_view compact, const OrgStatement& org, WallTime now) {
  RS_TRY(auto issued, verify_by_issuer<TechnicianClaims>(compact, org));
  auto& claims = issued.claims;
  if (claims.role == Role::customer) return fail(Errc::invalid, "role: a customer has no certificate");
  RS_CHECK(check_certifies(*issued.issuer, claims.role == Role::bot ? Certifies::bot : Certifies::technician));
  const Life life{claims.iat, claims.exp, longest_technician_life(org.mode)};
  RS_CHECK(check_life(life));
  RS_CHECK(check_moment(claims.jexp, "jexp"));
  if (claims.jexp < claims.iat) return fail(Errc::invalid, "jexp: before iat");
  RS_CHECK(check_dates(life, now));
  return std::move(claims);
}

Result<AgentClaims> verify_agent(std::string_view compact, const OrgStatement& org, WallTime now) {
  RS_TRY(auto issued, verify_by_issuer<AgentClaims>(compact, org));
  auto& claims = issued.claims;
  RS_CHECK(check_certifies(*issued.issuer, Certifies::agent));
  RS_CHECK(check_name(claims.name, "name"));
  const Life life{claims.iat, claims.exp, kLastSecond};
  RS_CHECK(check_life(life));
  RS_CHECK(check_dates(life, now));
  return std::move(claims);
}

} // namespace rs::sealed
