#include "support/sim.hpp"
#include "wire/limits.hpp"

#include <gtest/gtest.h>

// The relay as the attacker, and hostile peers. Each row says what is done; the test also asserts that it really was.
namespace rs::test {
namespace {

using wire::FrameType;

describe::Node params(const char* json) { return *describe::parse_json(json); }

// One running call that echoes stdin, over a relay whose output the attack may change.
struct Scene {
  Sim sim;
  SimAgent& agent = sim.add_agent("box");
  SimClient& client = sim.add_client();
  SeenCall* call = nullptr;
  int fired = 0;

  void start() {
    call = &sim.call(client, agent, params(R"({"echo":true})"));
    sim.run();
  }
  void write(const std::string& text) {
    session::OutFrame frame(text.size());
    std::copy(text.begin(), text.end(), frame.room().begin());
    ASSERT_GE(call->port->sendable(), text.size());
    call->port->send(1, std::move(frame), text.size());
  }
  bool is_stdin(const Tap& tap, const Buffer& message) const {
    return tap.to_agent && tap.type == FrameType::data && message.size() > wire::kHeaderBytes;
  }
};

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

// --- Hostile peers, as the relay sees them -------------------------------------------------------------------------

struct PeerAttack {
  const char* name;
  std::function<Buffer()> frame; // injected as the technician's, on its running call (circuit 3)
  bool ends_link;
};

Buffer raw(std::initializer_list<std::uint8_t> bytes) { return Buffer::copy_of(Bytes(bytes)); }

Buffer data_of(std::uint32_t circuit, std::size_t bytes) {
  Buffer message(wire::kHeaderBytes + bytes);
  message.resize(message.capacity());
  std::fill_n(message.data(), message.size(), std::uint8_t{1});
  wire::put_data_header(message, circuit);
  return message;
}

const PeerAttack kPeerAttacks[] = {
    {"TruncatedHeader", [] { return raw({0, 0, 0, 3, 6}); }, true},
    {"UnknownType", [] { return raw({0, 0, 0, 3, 99, 0, 0, 0, 1}); }, true},
    {"UnknownFlags", [] { return raw({0, 0, 0, 3, 6, 1, 0, 0, 1}); }, true},
    {"DataOnCircuitZero", [] { return raw({0, 0, 0, 0, 6, 0, 0, 0, 1}); }, true},
    {"CreditOfThreeBytes", [] { return raw({0, 0, 0, 3, 7, 0, 0, 0, 1, 1, 1}); }, true},
    {"OpenWithUsedId", [] { return wire::encode_frame(3, FrameType::open, "{}"); }, true},
    {"OpenWithTheRelaysParity", [] { return wire::encode_frame(8, FrameType::open, "{}"); }, true},
    {"OpenWithoutFields", [] { return wire::encode_frame(5, FrameType::open, "{}"); }, true},
    {"HelloAgain", [] { return wire::encode_control(R"({"hello":{"hello":"x","certificate":"y"}})"); }, true},
    {"TwoMessagesInOneControl",
     [] { return wire::encode_control(R"({"resolve":{"n":1,"target":"x"},"goaway":{"code":"done","retry_after":"1s"}})"); },
     true},
    {"DataOutOfCredit", [] { return data_of(3, wire::kMaxData); }, false},
    {"AcceptThatNobodyAskedFor", [] { return wire::encode_frame(3, FrameType::accept, {}); }, false},
    {"InventedCredit", [] { return wire::encode_credit(3, wire::kMaxCredit + 1); }, false},
};

class HostilePeer : public testing::TestWithParam<PeerAttack> {};

TEST_P(HostilePeer, LosesItsCircuitOrLinkAndNothingElse) {
  Scene scene;
  scene.start();
  auto& bystander = scene.sim.add_client();
  auto& other = scene.sim.call(bystander, scene.agent, params(R"({"echo":true})"));
  scene.sim.run();
  // Use up what was granted, so that the next DATA is one too many.
  const auto key = scene.sim.key_of(scene.client);
  const int frames = std::string(GetParam().name) == "DataOutOfCredit" ? 9 : 1;
  for (int i = 0; i < frames && scene.sim.link_errors.empty(); ++i) scene.sim.inject_from_peer(key, GetParam().frame());
  scene.sim.run();
  EXPECT_EQ(scene.sim.link_errors.contains(key), GetParam().ends_link);
  ASSERT_TRUE(scene.call->error);
  EXPECT_EQ(scene.call->error->code, Errc::connection_lost);
  EXPECT_EQ(scene.agent.exec.lost, 1);
  EXPECT_FALSE(other.error);
  other.port->end(1);
  scene.sim.run();
  EXPECT_EQ(other.exit_code(), 0);
}

INSTANTIATE_TEST_SUITE_P(Technician, HostilePeer, testing::ValuesIn(kPeerAttacks),
                         [](const auto& row) { return row.param.name; });

TEST(SimAttack, FramesOnACircuitThatIsNotTheirsChangeNothing) {
  Scene scene;
  scene.start();
  auto& stranger = scene.sim.add_client();
  scene.sim.run();
  const auto key = scene.sim.key_of(stranger);
  for (const auto circuit : {1u, 2u, 3u, 4u, 77u}) {
    scene.sim.inject_from_peer(key, data_of(circuit, 64));
    scene.sim.inject_from_peer(key, wire::encode_credit(circuit, 1000));
    scene.sim.inject_from_peer(key, wire::encode_frame(circuit, FrameType::close, R"({"code":"done","message":""})"));
  }
  scene.sim.run();
  EXPECT_FALSE(scene.call->error);
  EXPECT_EQ(scene.agent.exec.stdin_bytes, "");
  scene.call->port->end(1);
  scene.sim.run();
  EXPECT_EQ(scene.call->exit_code(), 0);
}

TEST(SimAttack, AnythingBeforeHelloEndsTheLink) {
  Sim sim;
  sim.add_client();
  const auto key = sim.key_of(*sim.clients[0]);
  sim.inject_from_peer(key, wire::encode_frame(1, FrameType::open, "{}"));
  ASSERT_TRUE(sim.link_errors.contains(key));
  EXPECT_EQ(sim.link_errors.at(key).code, Errc::sign_in);
}

TEST(SimAttack, AgentOpensNoCircuits) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  sim.run();
  const wire::OpenBody body{.org = sim.tenant.org_id, .target = agent.id.text(), .session = sim.tenant.new_session_id()};
  bool refused = false;
  sim.tap = [&](Tap& tap, const Buffer&) { refused = refused || tap.type == FrameType::refuse; };
  sim.inject_from_peer(sim.key_of(agent), wire::encode_frame(1, FrameType::open, describe::to_json(body)));
  sim.run();
  EXPECT_TRUE(refused);
}

TEST(SimAttack, OpenForAnotherTenantIsRefused) {
  Scene scene;
  scene.sim.run();
  const wire::OpenBody body{.org = "org-two", .target = scene.agent.id.text(), .session = scene.sim.tenant.new_session_id()};
  bool refused = false;
  scene.sim.tap = [&](Tap& tap, const Buffer& message) {
    refused = refused || (tap.type == FrameType::refuse && as_text(message.view()).find("forbidden") != std::string_view::npos);
  };
  scene.sim.inject_from_peer(scene.sim.key_of(scene.client), wire::encode_frame(1, FrameType::open, describe::to_json(body)));
  scene.sim.run();
  EXPECT_TRUE(refused);
}

TEST(SimAttack, CreditBeyondTheLimitBreaksTheCircuitOnly) {
  Scene scene;
  scene.start();
  const auto key = scene.sim.key_of(scene.agent);
  for (int i = 0; i < 3; ++i) scene.sim.inject_from_peer(key, wire::encode_credit(4, wire::kMaxCredit / 2));
  scene.sim.run();
  ASSERT_TRUE(scene.call->error);
  EXPECT_EQ(scene.call->error->code, Errc::connection_lost);
  EXPECT_TRUE(scene.sim.link_errors.empty());
}

// Whoever is at the other end before the challenge may be anybody.
TEST(SimAttack, NothingIsBelievedBeforeTheChallenge) {
  const char* const words[] = {R"({"goaway":{"code":"shutting-down","retry_after":"876000h"}})",
                               R"({"error":{"code":"clone","message":"you are a copy"}})",
                               R"({"error":{"code":"agent-offline","message":"x"}})"};
  for (const auto* word : words) {
    Sim sim;
    auto& agent = sim.add_agent("box");
    sim.inject_to_peer(sim.key_of(agent), wire::encode_control(word));
    ASSERT_EQ(sim.peer_errors.size(), 1u) << word;
    EXPECT_EQ(sim.peer_errors.begin()->second.code, Errc::connection_lost) << word;
    EXPECT_FALSE(agent.told_to_go) << word;
  }
}

TEST(SimAttack, RelayCannotPushAnAgentsClockForward) {
  Sim sim;
  auto& first = sim.add_agent("box");
  sim.run();
  const auto before = first.machine->greatest_iat();
  const sealed::RelayStatement ahead{
      sim.tenant.relay.public_key(), 2, to_unix_seconds(sim.wall) + 290, to_unix_seconds(sim.wall) + 86400, {"relay.example"},
      {sim.tenant.tls_spki},         {}};
  sim.tenant.relay_statement = sealed::sign_document(ahead, sim.tenant.relay);
  auto& second = sim.add_agent("box2");
  sim.run();
  EXPECT_TRUE(second.welcomed);
  EXPECT_LE(second.machine->greatest_iat(), sim.wall);
  EXPECT_LE(before, sim.wall);
}

TEST(SimAttack, ClockSetBackProlongsNoSession) {
  Scene scene;
  scene.start();
  scene.sim.wall -= std::chrono::hours(48);
  scene.sim.now += std::chrono::hours(2); // the certificate was good for one
  scene.agent.machine->on_time(scene.sim.now);
  scene.sim.run();
  ASSERT_TRUE(scene.call->error);
  EXPECT_EQ(scene.call->error->code, Errc::expired);
}

TEST(SimAttack, OneTechnicianCannotTakeAllSessionsOrHandshakes) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& greedy = sim.add_client();
  auto& modest = sim.add_client();
  sim.run();
  std::vector<SeenCall*> taken;
  for (std::size_t i = 0; i < wire::kMaxSessionsPerKey + 20; ++i) {
    taken.push_back(&sim.call(greedy, agent, params(R"({"echo":true})")));
    sim.run();
  }
  EXPECT_FALSE(taken[wire::kMaxSessionsPerKey - 1]->error);
  ASSERT_TRUE(taken.back()->error);
  EXPECT_EQ(taken.back()->error->code, Errc::limit);
  auto& other = sim.call(modest, agent, params(R"({"exit":0})"));
  sim.run();
  EXPECT_EQ(other.exit_code(), 0);
}

TEST(SimAttack, FloodOfTinyFramesRunsOutOfCredit) {
  Sim sim;
  auto& agent = sim.add_agent("box");
  auto& client = sim.add_client();
  auto& call = sim.call(client, agent, params(R"({"hold":true})"));
  sim.run();
  std::size_t sent = 0;
  for (; call.port->sendable() > 0 && sent < 1'000'000; ++sent) {
    session::OutFrame frame(1);
    frame.room()[0] = 'x';
    call.port->send(1, std::move(frame), 1);
    if (sent % 1000 == 0) sim.run();
  }
  sim.run();
  EXPECT_LE(agent.exec.stdin_bytes.size(), wire::kWindow / 18 + 1);
}

TEST(SimAttack, PeerThatDoesNotReadCannotFillTheRelay) {
  Scene scene;
  scene.start();
  auto& relay = scene.sim.relay_of(scene.sim.key_of(scene.agent));
  const std::string opaque(16 << 10, 'x');
  const wire::OpenBody body{
      .org = scene.sim.tenant.org_id, .target = scene.agent.id.text(), .session = scene.sim.tenant.new_session_id()};
  for (int i = 0; i < 4000; ++i) // the agent reads nothing meanwhile
    relay.incoming_open(99, static_cast<wire::CircuitId>(2 * i + 1), TrafficClass::interactive,
                        wire::encode_frame(1, FrameType::open, describe::to_json(body), as_bytes(opaque)));
  EXPECT_LE(relay.queued_bytes(), wire::kMaxSignals + (20 << 10));
}

} // namespace
} // namespace rs::test
