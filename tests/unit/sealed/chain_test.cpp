#include "crypto/jws.hpp"
#include "unit/sealed/papers.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace {

using namespace rs;
using namespace rs::sealed;
using test::Papers;

constexpr auto kGood = Errc::no_match;
constexpr auto kNow = Papers::kNow;

template <class T>
Errc code(const Result<T>& result) {
  return result ? kGood : result.error().code;
}

// One row, one thing wrong: what it does to the good documents, and what the verifier says.
struct Case {
  const char* what;
  Errc expected;
  void (*spoil)(Papers&);
};

const Case kTechnicians[] = {
    {"nothing wrong", kGood, [](Papers&) {}},
    {"an admin", kGood, [](Papers& t) { t.technician.role = Role::admin; }},
    {"expired within tolerance", kGood,
     [](Papers& t) {
  t.technician.exp = kNow - 300;
  t.technician.iat = kNow - 400;
}},
    {"expired", Errc::expired,
     [](Papers& t) {
  t.technician.exp = kNow - 301;
  t.technician.iat = kNow - 400;
}},
    {"from the future within tolerance", kGood, [](Papers& t) { t.technician.iat = kNow + 300; }},
    {"from the future", Errc::clock_skew, [](Papers& t) { t.technician.iat = kNow + 301; }},
    {"the longest life", kGood, [](Papers& t) { t.technician.exp = t.technician.iat + 12 * 3600; }},
    {"a life of 13 hours", Errc::invalid, [](Papers& t) { t.technician.exp = t.technician.iat + 13 * 3600; }},
    {"a life of 13 hours in a locked tenant", kGood,
     [](Papers& t) {
  t.technician.exp = t.technician.iat + 13 * 3600;
  t.statement.mode = TenantMode::locked;
}},
    {"a life of 91 days in a locked tenant", Errc::invalid,
     [](Papers& t) {
  t.technician.exp = t.technician.iat + 91 * 86'400;
  t.statement.mode = TenantMode::locked;
}},
    {"ends before it begins", Errc::invalid, [](Papers& t) { t.technician.exp = t.technician.iat - 1; }},
    {"jobs end before it begins", Errc::invalid, [](Papers& t) { t.technician.jexp = t.technician.iat - 1; }},
    {"the least time", Errc::invalid, [](Papers& t) { t.technician.iat = std::numeric_limits<std::int64_t>::min(); }},
    {"the greatest time", Errc::invalid,
     [](Papers& t) { t.technician.iat = t.technician.exp = std::numeric_limits<std::int64_t>::max(); }},
    {"the greatest time for jobs", Errc::invalid,
     [](Papers& t) { t.technician.jexp = std::numeric_limits<std::int64_t>::max(); }},
    {"a customer", Errc::invalid, [](Papers& t) { t.technician.role = Role::customer; }},
    {"a bot by an issuer of technicians", Errc::forbidden, [](Papers& t) { t.technician.role = Role::bot; }},
    {"a bot by an issuer of bots", kGood,
     [](Papers& t) {
  t.technician.role = Role::bot;
  t.statement.issuers[0].certifies = {Certifies::bot};
}},
    {"a technician by an issuer of bots", Errc::forbidden,
     [](Papers& t) { t.statement.issuers[0].certifies = {Certifies::bot}; }},
    {"a technician by an issuer of agents", Errc::forbidden,
     [](Papers& t) {
  t.issuer = t.agent_issuer;
  t.technician.iss = t.issuer.public_key();
}},
    {"an issuer not in the statement", Errc::forbidden,
     [](Papers& t) {
  t.issuer = t.stranger;
  t.technician.iss = t.issuer.public_key();
}},
    {"the root as issuer", Errc::forbidden,
     [](Papers& t) {
  t.issuer = t.root;
  t.technician.iss = t.issuer.public_key();
}},
    {"the technician himself as issuer", Errc::forbidden,
     [](Papers& t) {
  t.issuer = Papers::key(5);
  t.technician.iss = t.issuer.public_key();
}},
    {"no issuers at all", Errc::forbidden, [](Papers& t) { t.statement.issuers.clear(); }},
    {"forged: signed by another", Errc::forbidden, [](Papers& t) { t.issuer = t.stranger; }},
    {"another tenant", Errc::forbidden, [](Papers& t) { t.technician.org = "org-2"; }},
};

TEST(TechnicianCertificate, IsRefusedForEachThingWrong) {
  for (const auto& row : kTechnicians) {
    Papers t;
    row.spoil(t);
    EXPECT_EQ(code(verify_technician(sign_document(t.technician, t.issuer), t.statement, Papers::now())), row.expected)
        << row.what;
  }
}

const Case kAgents[] = {
    {"nothing wrong", kGood, [](Papers&) {}},
    {"by an issuer of agents only", kGood,
     [](Papers& t) {
  t.issuer = t.agent_issuer;
  t.agent.iss = t.issuer.public_key();
}},
    {"expired", Errc::expired,
     [](Papers& t) {
  t.agent.exp = kNow - 301;
  t.agent.iat = kNow - 400;
}},
    {"from the future", Errc::clock_skew, [](Papers& t) { t.agent.iat = kNow + 301; }},
    {"ends before it begins", Errc::invalid, [](Papers& t) { t.agent.exp = t.agent.iat - 1; }},
    {"a negative time", Errc::invalid, [](Papers& t) { t.agent.iat = -1; }},
    {"a name with an escape", Errc::invalid, [](Papers& t) { t.agent.name = "web\x1b[0m"; }},
    {"a name with a path", Errc::invalid, [](Papers& t) { t.agent.name = "../web"; }},
    {"a name of an id's form", Errc::invalid, [](Papers& t) { t.agent.name = "a-cccccccccccccccccccc"; }},
    {"no name", Errc::invalid, [](Papers& t) { t.agent.name.clear(); }},
    {"an issuer of technicians only", Errc::forbidden,
     [](Papers& t) { t.statement.issuers[0].certifies = {Certifies::technician}; }},
    {"an issuer not in the statement", Errc::forbidden,
     [](Papers& t) {
  t.issuer = t.stranger;
  t.agent.iss = t.issuer.public_key();
}},
    {"forged: signed by another", Errc::forbidden, [](Papers& t) { t.issuer = t.stranger; }},
    {"another tenant", Errc::forbidden, [](Papers& t) { t.agent.org = "org-2"; }},
};

TEST(AgentCertificate, IsRefusedForEachThingWrong) {
  for (const auto& row : kAgents) {
    Papers t;
    row.spoil(t);
    EXPECT_EQ(code(verify_agent(sign_document(t.agent, t.issuer), t.statement, Papers::now())), row.expected) << row.what;
  }
}

TEST(Certificate, OfAnotherKindIsRefused) {
  const Papers t;
  EXPECT_EQ(code(verify_technician(sign_document(t.agent, t.issuer), t.statement, Papers::now())), Errc::invalid);
  EXPECT_EQ(code(verify_agent(sign_document(t.technician, t.issuer), t.statement, Papers::now())), Errc::invalid);
  EXPECT_EQ(code(verify_org_statement(sign_document(t.technician, t.root), t.pin)), Errc::invalid);
}

// An agent's claims under a technician's type: the type alone must not carry it.
TEST(Certificate, WithTheClaimsOfAnotherKindIsRefused) {
  const Papers t;
  const auto payload = crypto::jws_unverified_payload(sign_document(t.agent, t.issuer), "rs-agent").value();
  EXPECT_EQ(code(verify_technician(crypto::jws_sign("rs-technician", payload, t.issuer), t.statement, Papers::now())),
            Errc::invalid);
}

TEST(Certificate, WithAnyAlteredCharacterIsRefused) {
  const Papers t;
  const auto good = sign_document(t.technician, t.issuer);
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto altered = good;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(code(verify_technician(altered, t.statement, Papers::now())), kGood) << i;
  }
}

TEST(Certificate, FromTheFutureIsRefusedNamingBothTimes) {
  Papers t;
  t.technician.iat = kNow + 1000;
  const auto error = verify_technician(sign_document(t.technician, t.issuer), t.statement, Papers::now()).error();
  EXPECT_NE(error.message.find("2027-01-15T08:16:40"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("2027-01-15T08:00:00"), std::string::npos) << error.message;
}

TEST(Certificate, WithAClaimThatIsNotKnownIsGood) {
  const Papers t;
  auto payload = crypto::jws_unverified_payload(sign_document(t.agent, t.issuer), "rs-agent").value();
  payload.insert(1, R"("later":{"x":1},)");
  EXPECT_EQ(code(verify_agent(crypto::jws_sign("rs-agent", payload, t.issuer), t.statement, Papers::now())), kGood);
}

TEST(Certificate, WithoutARequiredClaimNamesIt) {
  const Papers t;
  auto payload = crypto::jws_unverified_payload(sign_document(t.agent, t.issuer), "rs-agent").value();
  payload.replace(payload.find("\"cnf\""), 5, "\"xxx\"");
  const auto result = verify_agent(crypto::jws_sign("rs-agent", payload, t.issuer), t.statement, Papers::now());
  ASSERT_EQ(code(result), Errc::invalid);
  EXPECT_NE(result.error().message.find("cnf"), std::string::npos) << result.error().message;
}

const Case kOrgStatements[] = {
    {"nothing wrong", kGood, [](Papers&) {}},
    {"a higher number", kGood, [](Papers& t) { t.statement.number = 6; }},
    {"a lower number", Errc::conflict, [](Papers& t) { t.statement.number = 4; }},
    {"another root", Errc::server_identity,
     [](Papers& t) {
  t.root = t.stranger;
  t.statement.root = t.root.public_key();
}},
    {"names the pinned root, signed by another", Errc::server_identity, [](Papers& t) { t.root = t.stranger; }},
    {"signed by an issuer", Errc::server_identity, [](Papers& t) { t.root = t.issuer; }},
    {"another tenant's id", Errc::server_identity, [](Papers& t) { t.statement.org = "org-2"; }},
    {"a tenant's name that is none", Errc::invalid, [](Papers& t) { t.statement.tenant = "ac me"; }},
    {"an impossible time", Errc::invalid, [](Papers& t) { t.statement.iat = -1; }},
};

TEST(OrgStatement, IsRefusedForEachThingWrong) {
  for (const auto& row : kOrgStatements) {
    Papers t;
    row.spoil(t);
    EXPECT_EQ(code(verify_org_statement(sign_document(t.statement, t.root), t.pin)), row.expected) << row.what;
  }
}

// Spoils the statement or the pin; `signer` is the number of the key that signs.
struct RelayCase {
  const char* what;
  Errc expected;
  std::uint8_t signer;
  void (*spoil)(Papers&);
};

void pin_successor(Papers& t) { t.relay_pin.successor_fingerprint = crypto::fingerprint(Papers::key(8).public_key()); }
void state_successor(Papers& t, std::uint8_t key) { t.relay.successor = Papers::key(key).public_key(); }

const RelayCase kRelayStatements[] = {
    {"nothing wrong", kGood, 7, [](Papers&) {}},
    {"a higher number", kGood, 7, [](Papers& t) { t.relay.number = 4; }},
    {"a lower number", Errc::conflict, 7, [](Papers& t) { t.relay.number = 2; }},
    {"expired", Errc::expired, 7,
     [](Papers& t) {
  t.relay.exp = kNow - 301;
  t.relay.iat = kNow - 400;
}},
    {"from the future", Errc::clock_skew, 7, [](Papers& t) { t.relay.iat = kNow + 301; }},
    {"ends before it begins", Errc::invalid, 7, [](Papers& t) { t.relay.exp = t.relay.iat - 1; }},
    {"a life of 31 days", Errc::invalid, 7, [](Papers& t) { t.relay.exp = t.relay.iat + 31 * 86'400; }},
    {"a TLS key's hash of another length", Errc::invalid, 7, [](Papers& t) { t.relay.tls.emplace_back(31); }},
    {"another relay", Errc::server_identity, 8, [](Papers& t) { t.relay.key = Papers::key(8).public_key(); }},
    {"names the pinned key, signed by another", Errc::server_identity, 8, [](Papers&) {}},
    {"names a first successor", kGood, 7, [](Papers& t) { state_successor(t, 8); }},
    {"names the pinned successor", kGood, 7,
     [](Papers& t) {
  pin_successor(t);
  state_successor(t, 8);
}},
    {"names another successor than the pinned", Errc::server_identity, 7,
     [](Papers& t) {
  pin_successor(t);
  state_successor(t, 9);
}},
    {"withdraws the pinned successor", Errc::server_identity, 7, [](Papers& t) { pin_successor(t); }},
    {"by the pinned successor", kGood, 8,
     [](Papers& t) {
  pin_successor(t);
  t.relay.key = Papers::key(8).public_key();
}},
    {"by the pinned successor, naming the next", kGood, 8,
     [](Papers& t) {
  pin_successor(t);
  t.relay.key = Papers::key(8).public_key();
  state_successor(t, 9);
}},
    {"names the successor, signed by the old key", Errc::server_identity, 7,
     [](Papers& t) {
  pin_successor(t);
  t.relay.key = Papers::key(8).public_key();
}},
    {"by the successor, with a lower number", Errc::conflict, 8,
     [](Papers& t) {
  pin_successor(t);
  t.relay.key = Papers::key(8).public_key();
  t.relay.number = 2;
}},
};

TEST(RelayStatement, IsRefusedForEachThingWrong) {
  for (const auto& row : kRelayStatements) {
    Papers t;
    row.spoil(t);
    EXPECT_EQ(code(verify_relay_statement(sign_document(t.relay, Papers::key(row.signer)), t.relay_pin, Papers::now())),
              row.expected)
        << row.what;
  }
}

TEST(TrustedTime, NeverGoesBelowTheBuildDateOrWhatWasVerified) {
  TrustedTime time(from_unix_seconds(1000));
  EXPECT_EQ(time.now(from_unix_seconds(0)), from_unix_seconds(1000));
  EXPECT_EQ(time.now(from_unix_seconds(2000)), from_unix_seconds(2000));
  time.verified(3000);
  time.verified(1500);
  EXPECT_EQ(time.now(from_unix_seconds(2000)), from_unix_seconds(3000));
  EXPECT_EQ(TrustedTime(from_unix_seconds(5), from_unix_seconds(7)).floor(), from_unix_seconds(7));
}

} // namespace
