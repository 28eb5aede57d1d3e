#include "support/scene.hpp"

#include <gtest/gtest.h>

// The relay as the attacker, and hostile peers. Each row says what is done; the test also asserts that it really was.
namespace rs::test {
namespace {

using wire::FrameType;

struct Attack {
  const char* name;
  // Sees each message to the agent that carries DATA, counted from 0; changes what is delivered.
  std::function<bool(Scene&, Tap&, const Buffer&, int nth)> change;
};

std::optional<Buffer> kept;

const Attack kStreamAttacks[] = {
    {"AlteredByte",
     [](Scene&, Tap& tap, const Buffer&, int nth) {
  if (nth != 1) return false;
  tap.replaced_by[0].data()[wire::kHeaderBytes + 1] ^= 1;
  return true;
}},
    {"AlteredTag",
     [](Scene&, Tap& tap, const Buffer& message, int nth) {
  if (nth != 1) return false;
  tap.replaced_by[0].data()[message.size() - 1] ^= 0x80;
  return true;
}},
    {"DroppedMiddleFrame",
     [](Scene&, Tap& tap, const Buffer&, int nth) {
  if (nth != 1) return false;
  tap.replaced_by.clear();
  return true;
}},
    {"RepeatedFrame",
     [](Scene&, Tap& tap, const Buffer& message, int nth) {
  if (nth != 1) return false;
  tap.replaced_by.push_back(Buffer::copy_of(message.view()));
  return true;
}},
    {"SwappedFrames",
     [](Scene&, Tap& tap, const Buffer& message, int nth) {
  if (nth == 1) {
    kept = Buffer::copy_of(message.view());
    tap.replaced_by.clear();
  }
  if (nth != 2) return false;
  tap.replaced_by.push_back(std::move(*kept));
  return true;
}},
    {"InventedFrame",
     [](Scene&, Tap& tap, const Buffer& message, int nth) {
  if (nth != 1) return false;
  Buffer invented(wire::kHeaderBytes + 40);
  invented.resize(invented.capacity());
  std::fill_n(invented.data(), invented.size(), std::uint8_t{0x5a});
  wire::put_data_header(invented, load_be<std::uint32_t>(message.data()));
  tap.replaced_by.insert(tap.replaced_by.begin(), std::move(invented));
  return true;
}},
    {"TruncatedFrame",
     [](Scene&, Tap& tap, const Buffer& message, int nth) {
  if (nth != 1) return false;
  tap.replaced_by[0].resize(message.size() - 3);
  return true;
}},
};

class StreamAttack : public testing::TestWithParam<Attack> {};

TEST_P(StreamAttack, DeliversNothingWrongAndEndsWithIntegrityOrConnectionLost) {
  Scene scene;
  scene.start();
  int nth = 0;
  scene.sim.tap = [&](Tap& tap, const Buffer& message) {
    if (scene.is_stdin(tap, message) && GetParam().change(scene, tap, message, nth++)) ++scene.fired;
  };
  for (const char* line : {"echo one\n", "echo two\n", "echo three\n"}) scene.write(line);
  scene.call->port->end(1);
  scene.sim.run();
  EXPECT_GT(scene.fired, 0);
  EXPECT_TRUE(std::string("echo one\necho two\necho three\n").starts_with(scene.agent.exec.stdin_bytes))
      << scene.agent.exec.stdin_bytes;
  EXPECT_FALSE(scene.agent.exec.stdin_ended);
  EXPECT_EQ(scene.agent.exec.lost, 1);
  EXPECT_FALSE(scene.call->result);
  ASSERT_TRUE(scene.call->error);
  EXPECT_TRUE(scene.call->error->code == Errc::integrity || scene.call->error->code == Errc::connection_lost);
}

INSTANTIATE_TEST_SUITE_P(Relay, StreamAttack, testing::ValuesIn(kStreamAttacks), [](const auto& row) { return row.param.name; });

TEST(SimAttack, CloseDoneAfterHalfOfStdinEndsNoStream) {
  Scene scene;
  scene.start();
  scene.sim.tap = [&](Tap& tap, const Buffer& message) {
    if (!scene.is_stdin(tap, message)) return;
    const auto circuit = load_be<std::uint32_t>(message.data());
    tap.replaced_by.push_back(wire::encode_frame(circuit, FrameType::close, R"({"code":"done","message":""})"));
    ++scene.fired;
  };
  scene.write("rm -rf /tmp/o");
  scene.sim.run();
  EXPECT_EQ(scene.fired, 1);
  EXPECT_EQ(scene.agent.exec.stdin_bytes, "rm -rf /tmp/o");
  EXPECT_FALSE(scene.agent.exec.stdin_ended);
  EXPECT_EQ(scene.agent.exec.lost, 1);
}

TEST(SimAttack, ResultCutOffByCloseIsConnectionLost) {
  Scene scene;
  scene.start();
  scene.sim.tap = [&](Tap& tap, const Buffer& message) {
    if (tap.to_agent || tap.type != FrameType::data) return;
    const auto circuit = load_be<std::uint32_t>(message.data());
    tap.replaced_by.clear();
    tap.replaced_by.push_back(wire::encode_frame(circuit, FrameType::close, R"({"code":"done","message":""})"));
    ++scene.fired;
  };
  scene.call->port->end(1);
  scene.sim.run();
  EXPECT_GT(scene.fired, 0);
  ASSERT_TRUE(scene.call->error);
  EXPECT_EQ(scene.call->error->code, Errc::connection_lost);
}

TEST(SimAttack, RefuseSayingConsentDeniedIsNotTheCustomersWord) {
  for (const char* reason :
       {R"({"code":"consent-denied","message":"consent-denied"})", R"({"code":"ended-by-customer","message":"x"})", "not json"}) {
    Scene scene;
    scene.sim.tap = [&](Tap& tap, const Buffer& message) {
      if (tap.to_agent || tap.type != FrameType::accept) return;
      tap.replaced_by.clear();
      tap.replaced_by.push_back(wire::encode_frame(load_be<std::uint32_t>(message.data()), FrameType::refuse, reason));
      ++scene.fired;
    };
    scene.start();
    EXPECT_GT(scene.fired, 0);
    ASSERT_TRUE(scene.call->error) << reason;
    EXPECT_EQ(scene.call->error->code, Errc::connection_lost) << reason;
  }
}

// An earlier session's messages to the agent, played again word for word.
TEST(SimAttack, ReplayedOpenAndDataStartNothing) {
  Scene scene;
  std::vector<Buffer> recorded;
  scene.sim.tap = [&](Tap& tap, const Buffer& message) {
    if (tap.to_agent && tap.type != FrameType::control) recorded.push_back(Buffer::copy_of(message.view()));
  };
  scene.call = &scene.sim.call(scene.client, scene.agent, params(R"({"exit":0})"));
  scene.sim.run();
  ASSERT_TRUE(scene.call->result);
  ASSERT_EQ(scene.agent.exec.started, 1);
  scene.sim.tap = nullptr;
  const auto audited = scene.agent.audited.size();
  const auto key = scene.sim.key_of(scene.agent);
  for (const auto& old : recorded) { // under new circuit ids, in the old order
    auto again = Buffer::copy_of(old.view());
    wire::put_circuit(again, load_be<std::uint32_t>(old.data()) + 100);
    scene.sim.inject_to_peer(key, std::move(again));
  }
  scene.sim.run();
  EXPECT_EQ(scene.agent.exec.started, 1);
  EXPECT_EQ(scene.agent.audited.size(), audited);
}

// DATA of one circuit moved to another of the same session.
TEST(SimAttack, FrameOfAnotherCircuitIsIntegrity) {
  Scene scene;
  scene.start();
  auto& other = scene.sim.call(scene.client, scene.agent, params(R"({"echo":true})"));
  scene.sim.run();
  std::optional<std::uint32_t> first_circuit;
  scene.sim.tap = [&](Tap& tap, const Buffer& message) {
    if (!scene.is_stdin(tap, message)) return;
    if (!first_circuit) first_circuit = load_be<std::uint32_t>(message.data());
    wire::put_circuit(tap.replaced_by[0], *first_circuit + 4); // the other session's call
    ++scene.fired;
  };
  scene.write("secret");
  scene.sim.run();
  EXPECT_EQ(scene.fired, 1);
  ASSERT_TRUE(other.error);
  EXPECT_EQ(scene.agent.exec.stdin_bytes, "");
}

// The OPEN of a call altered on the way: its keys no longer agree.
TEST(SimAttack, AlteredOpenOfACallOpensNothing) {
  Scene scene;
  scene.sim.tap = [&](Tap& tap, const Buffer& message) {
    if (!tap.to_agent || tap.type != FrameType::open) return;
    const auto frame = *wire::parse_frame(message.view());
    std::string json(frame.json);
    const auto at = json.find("\"interactive\"");
    if (at == std::string::npos) return;
    json.replace(at, 13, "\"bulk\"");
    tap.replaced_by[0] = wire::encode_frame(frame.circuit, FrameType::open, json, frame.opaque);
    ++scene.fired;
  };
  scene.start();
  EXPECT_EQ(scene.fired, 1);
  EXPECT_EQ(scene.agent.exec.started, 0);
  ASSERT_TRUE(scene.call->error);
  EXPECT_TRUE(scene.call->error->code == Errc::integrity || scene.call->error->code == Errc::connection_lost);
}

TEST(SimAttack, AlteredSessionOpenIsRefused) {
  Scene scene;
  scene.sim.tap = [&](Tap& tap, const Buffer& message) {
    if (!tap.to_agent || tap.type != FrameType::open) return;
    const auto frame = *wire::parse_frame(message.view());
    if (frame.opaque.empty()) return;
    std::string json(frame.json);
    json.insert(json.size() - 1, " ");
    tap.replaced_by[0] = wire::encode_frame(frame.circuit, FrameType::open, json, frame.opaque);
    ++scene.fired;
  };
  scene.start();
  EXPECT_EQ(scene.fired, 1);
  EXPECT_EQ(scene.agent.exec.started, 0);
  ASSERT_TRUE(scene.call->error);
}

// Everything that the relay can see must not be enough to make a key: `h` and all messages.
TEST(SimAttack, KeysDerivedFromTheHandshakeHashOpenNothing) {
  Scene scene;
  std::vector<Buffer> data;
  std::string open_json;
  Bytes message1;
  scene.sim.tap = [&](Tap& tap, const Buffer& message) {
    const auto frame = *wire::parse_frame(message.view());
    if (tap.to_agent && tap.type == FrameType::open && frame.opaque.empty()) open_json = frame.json;
    if (tap.to_agent && tap.type == FrameType::open && !frame.opaque.empty())
      message1.assign(frame.opaque.begin(), frame.opaque.end());
    if (tap.to_agent && tap.type == FrameType::data) data.push_back(Buffer::copy_of(message.view()));
  };
  scene.start();
  ASSERT_FALSE(data.empty());
  const auto guess = crypto::sha256(message1);
  sealed::FrameOpener opener(sealed::circuit_key(crypto::Secret32(guess), 2, open_json));
  EXPECT_FALSE(opener.open(data[0].mutable_view().subspan(wire::kHeaderBytes)));
}

TEST(SimAttack, NameMappedToAnotherAgentIsRefusedByTheAgent) {
  Sim sim;
  auto& victim = sim.add_agent("victim");
  sim.answers_for["box"] = victim.keys.certificate; // a lying relay
  auto& client = sim.add_client();
  sim.run();
  client.machine->resolve("box");
  sim.run();
  ASSERT_TRUE(client.resolved && *client.resolved);
  EXPECT_EQ((*client.resolved)->name, "victim"); // the certificate tells: rsctl compares it with what was asked
  auto& call = sim.call(client, victim, params(R"({"exit":0})"), "box");
  sim.run();
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::wrong_target);
  EXPECT_EQ(victim.exec.started, 0);
}

struct BadCertificate {
  const char* name;
  Errc expected;
  std::function<std::string(Tenant&, session::Identity&)> make;
};

std::string signed_by_issuer(Tenant& tenant, const sealed::TechnicianClaims& claims) {
  return sealed::sign_document(claims, tenant.issuer);
}

const BadCertificate kBadCertificates[] = {
    {"Expired", Errc::expired,
     [](Tenant& t, session::Identity& k) {
  auto claims = t.technician_claims(k);
  claims.iat -= 8000;
  claims.exp = to_unix_seconds(kNow) - 301;
  return signed_by_issuer(t, claims);
}},
    {"FromTheFuture", Errc::clock_skew,
     [](Tenant& t, session::Identity& k) {
  auto claims = t.technician_claims(k);
  claims.iat = to_unix_seconds(kNow) + 301;
  return signed_by_issuer(t, claims);
}},
    {"ForgedBySomebodyElse", Errc::forbidden,
     [](Tenant& t, session::Identity& k) {
  return sealed::sign_document(t.technician_claims(k), crypto::Ed25519Key::generate(t.random));
}},
    {"OfAnIssuerThatIsNotListed", Errc::forbidden,
     [](Tenant& t, session::Identity& k) {
  const auto stranger = crypto::Ed25519Key::generate(t.random);
  auto claims = t.technician_claims(k);
  claims.iss = stranger.public_key();
  return sealed::sign_document(claims, stranger);
}},
    {"AnAgentsCertificate", Errc::invalid,
     [](Tenant& t, session::Identity& k) {
  return sealed::sign_document(t.agent_claims(k, t.new_agent_id(), "evil"), t.issuer);
}},
    {"OfAnotherTenant", Errc::forbidden,
     [](Tenant& t, session::Identity& k) {
  auto claims = t.technician_claims(k);
  claims.org = "org-two";
  return signed_by_issuer(t, claims);
}},
    {"ForAnotherKey", Errc::forbidden,
     [](Tenant& t, session::Identity&) {
  auto other = t.new_keys();
  return signed_by_issuer(t, t.technician_claims(other));
}},
    {"WithTheRoleCustomer", Errc::invalid,
     [](Tenant& t, session::Identity& k) {
  auto claims = t.technician_claims(k);
  claims.role = Role::customer;
  return signed_by_issuer(t, claims);
}},
    {"GoodForAWholeDay", Errc::invalid,
     [](Tenant& t, session::Identity& k) {
  auto claims = t.technician_claims(k);
  claims.exp = claims.iat + 24 * 3600;
  return signed_by_issuer(t, claims);
}},
};

class CertificateAttack : public testing::TestWithParam<BadCertificate> {};

TEST_P(CertificateAttack, IsRefusedByTheAgentInsideTheHandshake) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto keys = sim.tenant.new_keys();
  keys.certificate = GetParam().make(sim.tenant, keys);
  auto& client = sim.add_client(std::move(keys));
  auto& call = sim.call(client, agent, params(R"({"exit":0})"));
  sim.run();
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, GetParam().expected) << call.error->message;
  EXPECT_EQ(agent.exec.started, 0);
  EXPECT_TRUE(agent.machine->sessions().empty());
}

INSTANTIATE_TEST_SUITE_P(Technician, CertificateAttack, testing::ValuesIn(kBadCertificates),
                         [](const auto& row) { return row.param.name; });

TEST(SimAttack, CertificateWithoutThePermissionGrantsNothing) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto keys = sim.tenant.new_keys();
  auto claims = sim.tenant.technician_claims(keys);
  claims.permissions = {Permission::files};
  keys.certificate = sealed::sign_document(claims, sim.tenant.issuer);
  auto& client = sim.add_client(std::move(keys));
  auto& call = sim.call(client, agent, params(R"({"exit":0})"));
  sim.run();
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::forbidden);
  EXPECT_EQ(agent.exec.started, 0);
}

TEST(SimAttack, ClockBefore1980StillRefusesWhatHasExpired) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto keys = sim.tenant.new_keys();
  auto claims = sim.tenant.technician_claims(keys);
  claims.iat -= 90000;
  claims.exp = claims.iat + 3600;
  keys.certificate = sealed::sign_document(claims, sim.tenant.issuer);
  auto& client = sim.add_client(std::move(keys));
  sim.run();
  sim.wall = from_unix_seconds(0);
  auto& call = sim.call(client, agent, params(R"({"exit":0})"));
  sim.run();
  ASSERT_TRUE(call.error);
  EXPECT_EQ(call.error->code, Errc::expired) << call.error->message;
  EXPECT_EQ(agent.exec.started, 0);
}

// --- The relay's identity, as a peer sees it -------------------------------------------------------------------

struct FalseRelay {
  const char* name;
  std::function<void(Sim&)> make;
};

const FalseRelay kFalseRelays[] = {
    {"AnotherRelayKey",
     [](Sim& sim) {
  sim.tenant.relay_statement = sim.tenant.sign_relay_statement(crypto::Ed25519Key::generate(sim.tenant.random), 1);
}},
    {"TlsKeyThatTheStatementDoesNotName",
     [](Sim& sim) {
  auto other = sim.tenant;
  other.tls_spki.assign(32, 8);
  sim.tenant.relay_statement = other.sign_relay_statement(sim.tenant.relay, 1);
}},
    {"AnotherOrgRoot",
     [](Sim& sim) {
  Tenant other(99);
  sim.tenant.org_statement = other.org_statement;
}},
};

class IdentityAttack : public testing::TestWithParam<FalseRelay> {};

TEST_P(IdentityAttack, EndsTheLinkWithServerIdentity) {
  Sim sim;
  GetParam().make(sim);
  auto& client = sim.add_client();
  sim.run();
  ASSERT_EQ(sim.peer_errors.size(), 1u);
  EXPECT_EQ(sim.peer_errors.begin()->second.code, Errc::server_identity) << sim.peer_errors.begin()->second.message;
  EXPECT_FALSE(client.welcomed);
}

INSTANTIATE_TEST_SUITE_P(Relay, IdentityAttack, testing::ValuesIn(kFalseRelays), [](const auto& row) { return row.param.name; });

} // namespace
} // namespace rs::test
