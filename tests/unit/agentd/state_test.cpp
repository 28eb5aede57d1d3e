#include "agent_fixture.hpp"

namespace {

using namespace rs;
using namespace rs::agent;
using std::filesystem::perms;
using test::kNow;

struct StateOfAgent : testing::Test {
  test::Tenant tenant;
  AgentState state = test::enrolled_state(tenant);
  test::TempDir temp;
  StateDir dir = StateDir::open(temp / "state").value();
};

TEST_F(StateOfAgent, SurvivesTheDiskUnchanged) {
  offer_instance(state, tenant.random);
  dir.save_state(state).value();
  const auto loaded = dir.load_state().value();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(describe::to_json(*loaded), describe::to_json(state));
}

TEST_F(StateOfAgent, IsNothingBeforeEnrolment) { EXPECT_FALSE(dir.load_state().value()); }

TEST_F(StateOfAgent, DamagedIsIntegrityAndNamesTheFile) {
  std::ofstream(dir.path() + "/identity.json") << "{\"url\":1}";
  const auto loaded = dir.load_state();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Errc::integrity);
  EXPECT_NE(loaded.error().message.find("identity.json is damaged: url"), std::string::npos) << loaded.error().message;
}

TEST_F(StateOfAgent, LetsOthersReachTheSocketAndReadNothing) {
  dir.save_state(state).value();
  EXPECT_EQ(std::filesystem::status(dir.path()).permissions(), perms::owner_all | perms::group_exec | perms::others_exec);
  EXPECT_EQ(std::filesystem::status(dir.path() + "/identity.json").permissions(), perms::owner_read | perms::owner_write);
}

TEST_F(StateOfAgent, IsOneProcessesAtATime) {
  const auto lock = dir.lock();
  ASSERT_TRUE(lock);
  const auto second = dir.lock();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
}

TEST_F(StateOfAgent, OffersAnUnacknowledgedInstanceAgainUnchanged) {
  const auto first = offer_instance(state, tenant.random);
  EXPECT_EQ(first.next.counter, 1u);
  EXPECT_FALSE(first.last);
  EXPECT_EQ(offer_instance(state, tenant.random).next, first.next);
  acknowledge_instance(state);
  const auto second = offer_instance(state, tenant.random);
  EXPECT_EQ(second.last, first.next);
  EXPECT_EQ(second.next.counter, 2u);
  EXPECT_NE(second.next.random, first.next.random);
}

TEST_F(StateOfAgent, PinsASuccessorThatThenTakesOver) {
  const auto successor = crypto::Ed25519Key::generate(tenant.random);
  sealed::RelayStatement statement{
      .key = tenant.relay.public_key(), .number = 4, .iat = 10, .exp = 20, .successor = successor.public_key()};
  take_relay_statement(state, statement);
  EXPECT_EQ(state.relay_fingerprint, crypto::fingerprint(tenant.relay.public_key()));
  EXPECT_EQ(state.relay_successor, crypto::fingerprint(successor.public_key()));
  EXPECT_EQ(state.relay_number, 4u);
  take_relay_statement(state, {.key = successor.public_key(), .number = 5, .iat = 10, .exp = 20});
  EXPECT_EQ(state.relay_fingerprint, crypto::fingerprint(successor.public_key()));
  EXPECT_FALSE(state.relay_successor);
}

TEST_F(StateOfAgent, TakesARenewedCertificateForItsOwnKeysOnly) {
  const auto before = state.certificate;
  const auto other = sealed::sign_document(tenant.agent_claims(tenant.new_keys(), state.agent, "box"), tenant.issuer);
  EXPECT_EQ(take_certificate(state, other, tenant.org, kNow).error().code, Errc::forbidden);
  const auto elsewhere =
      sealed::sign_document(tenant.agent_claims(identity_of(state), tenant.new_agent_id(), "box"), tenant.issuer);
  EXPECT_EQ(take_certificate(state, elsewhere, tenant.org, kNow).error().code, Errc::forbidden);
  EXPECT_EQ(state.certificate, before);
  const auto renamed = sealed::sign_document(tenant.agent_claims(identity_of(state), state.agent, "box-2"), tenant.issuer);
  ASSERT_TRUE(take_certificate(state, renamed, tenant.org, kNow));
  EXPECT_EQ(state.name, "box-2");
}

TEST_F(StateOfAgent, DoesNotBelieveAnAlteredStatementOnItsDisk) {
  EXPECT_TRUE(org_of(state));
  state.org_statement = test::Tenant(2).org_statement;
  EXPECT_EQ(org_of(state).error().code, Errc::server_identity);
}

TEST_F(StateOfAgent, AMissingPolicyIsNothingAndABrokenOneNamesItsFile) {
  EXPECT_FALSE(load_policy(temp / "agentd.yaml").value());
  std::ofstream(temp / "agentd.yaml") << "allow: [fly]\n";
  const auto broken = load_policy(temp / "agentd.yaml");
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().message.find("agentd.yaml: allow[0]"), std::string::npos) << broken.error().message;
}

TEST_F(StateOfAgent, TheExamplePolicyIsOne) {
  const auto policy = load_policy(std::string(RS_SOURCE_DIR) + "/examples/agentd.yaml").value();
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->rules->size(), 2u);
}

} // namespace
