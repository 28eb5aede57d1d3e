#include "unit/relayd/store_fixture.hpp"

namespace {

using namespace rs;
using namespace rs::test;
using store::Instance;
using store::InstanceVerdict;

class SqliteStoreAgents : public StoreTest {};
class SqliteStoreTokens : public StoreTest {};

TEST_F(SqliteStoreAgents, EveryColumnComesBack) {
  auto written = agent(1, "web1");
  written.ephemeral = true;
  written.instance = Instance{7, Bytes(16, 7)};
  written.enrolled_by = key(77);
  store_->add_agent("t-1", written).value();
  store_->set_last_seen("t-1", written.id, at(9)).value();
  const auto read = store_->agent("t-1", written.id).value();
  EXPECT_EQ(read.tags, written.tags);
  EXPECT_EQ(read.noise_key, written.noise_key);
  EXPECT_EQ(read.certificate, "jws");
  EXPECT_TRUE(read.ephemeral);
  EXPECT_EQ(read.instance, written.instance);
  EXPECT_FALSE(read.next_instance);
  EXPECT_EQ(read.enrolled_by, key(77));
  EXPECT_EQ(read.enrolled_at, at(0));
  EXPECT_EQ(read.last_seen, at(9));
}

TEST_F(SqliteStoreAgents, AreFoundByNameIdAndUniquePrefix) {
  store_->add_agent("t-1", agent(1, "web1")).value();
  store_->add_agent("t-1", agent(200, "web2")).value();
  const auto id = agent_id(1);
  for (const auto& text : {std::string("web1"), id.text(), id.text().substr(0, 6), id.text().substr(0, 4)})
    EXPECT_EQ(store_->find_agent("t-1", text).value().id, id) << text;
  EXPECT_EQ(store_->find_agent_by_key("t-1", key(200)).value().name, "web2");
  for (const auto& text : {"web", "a-", "", "a", "a-aaaaaaaaaaaaaaaaaaaa", "a-zz", "%", "a-%"})
    EXPECT_EQ(code(store_->find_agent("t-1", text)), Errc::not_found) << text;
}

TEST_F(SqliteStoreAgents, ABeginningOfAnIdThatIsTooShortNamesTheLeast) {
  store_->add_agent("t-1", agent(1, "web1")).value();
  const auto found = store_->find_agent("t-1", agent_id(1).text().substr(0, 3));
  EXPECT_EQ(code(found), Errc::not_found);
  EXPECT_NE(found.error().message.find("at least 4 characters"), std::string::npos) << found.error().message;
}

TEST_F(SqliteStoreAgents, APrefixOfTwoIsAConflict) {
  auto one = agent(1, "web1");
  auto two = agent(2, "web2");
  Bytes random(kIdRandomBytes, 1);
  random.back() = 0xff;
  two.id = AgentId::from_random(random);
  store_->add_agent("t-1", one).value();
  store_->add_agent("t-1", two).value();
  EXPECT_EQ(code(store_->find_agent("t-1", one.id.text().substr(0, 8))), Errc::conflict);
  EXPECT_EQ(store_->find_agent("t-1", two.id.text()).value().name, "web2");
}

TEST_F(SqliteStoreAgents, NameAndKeyAreUniqueInATenantOnly) {
  store_->add_agent("t-1", agent(1, "web1")).value();
  EXPECT_EQ(code(store_->add_agent("t-1", agent(2, "web1"))), Errc::conflict);
  auto same_key = agent(3, "web3");
  same_key.sign_key = key(1);
  EXPECT_EQ(code(store_->add_agent("t-1", same_key)), Errc::conflict);
  EXPECT_TRUE(store_->add_agent("t-2", agent(2, "web1")));
}

TEST_F(SqliteStoreAgents, RenameAndTagsComeWithTheirCertificate) {
  store_->add_agent("t-1", agent(1, "web1")).value();
  store_->add_agent("t-1", agent(2, "web2")).value();
  store_->rename_agent("t-1", agent_id(1), "db1", "jws2").value();
  EXPECT_EQ(code(store_->rename_agent("t-1", agent_id(1), "web2", "jws3")), Errc::conflict);
  EXPECT_EQ(store_->find_agent("t-1", "db1").value().certificate, "jws2");
  store_->set_tags("t-1", agent_id(1), {{"role", "db"}}, "jws4").value();
  EXPECT_EQ(store_->agent("t-1", agent_id(1)).value().tags, (store::Tags{{"role", "db"}}));
  store_->set_certificate("t-1", agent_id(1), "jws5").value();
  EXPECT_EQ(store_->agent("t-1", agent_id(1)).value().certificate, "jws5");
}

TEST_F(SqliteStoreAgents, ARemovedAgentIsGone) {
  store_->add_agent("t-1", agent(1, "web1")).value();
  store_->remove_agent("t-1", agent_id(1)).value();
  EXPECT_EQ(code(store_->agent("t-1", agent_id(1))), Errc::not_found);
  EXPECT_EQ(code(store_->remove_agent("t-1", agent_id(1))), Errc::not_found);
}

Instance instance(std::uint64_t counter, std::uint8_t random = 0) {
  return {counter, Bytes(16, static_cast<std::uint8_t>(counter + random))};
}

class SqliteStoreInstances : public StoreTest {
 protected:
  SqliteStoreInstances() { store_->add_agent("t-1", agent(1, "web1")).value(); }
  InstanceVerdict hello(std::optional<Instance> last, const Instance& next) {
    return store_->commit_instance("t-1", agent_id(1), last, next).value();
  }
};

TEST_F(SqliteStoreInstances, EachConnectionMovesOn) {
  EXPECT_EQ(hello(std::nullopt, instance(1)), InstanceVerdict::accepted);
  EXPECT_EQ(hello(instance(1), instance(2)), InstanceVerdict::accepted);
  EXPECT_EQ(hello(instance(2), instance(3)), InstanceVerdict::accepted);
  const auto stored = store_->agent("t-1", agent_id(1)).value();
  EXPECT_EQ(stored.instance, instance(2));
  EXPECT_EQ(stored.next_instance, instance(3));
}

TEST_F(SqliteStoreInstances, ALostWelcomeIsOfferedAgainUnchanged) {
  EXPECT_EQ(hello(std::nullopt, instance(1)), InstanceVerdict::accepted);
  EXPECT_EQ(hello(std::nullopt, instance(1)), InstanceVerdict::offered_again);
  EXPECT_EQ(hello(instance(1), instance(2)), InstanceVerdict::accepted);
  reopen();
  EXPECT_EQ(hello(instance(1), instance(2)), InstanceVerdict::offered_again);
  EXPECT_EQ(hello(instance(2), instance(3)), InstanceVerdict::accepted);
}

TEST_F(SqliteStoreInstances, ACopyIsTold) {
  EXPECT_EQ(hello(std::nullopt, instance(1)), InstanceVerdict::accepted);
  EXPECT_EQ(hello(instance(1), instance(2)), InstanceVerdict::accepted);
  EXPECT_EQ(hello(instance(2), instance(3)), InstanceVerdict::accepted);
  EXPECT_EQ(hello(std::nullopt, instance(1)), InstanceVerdict::copy) << "never connected since imaging";
  EXPECT_EQ(hello(instance(1), instance(2)), InstanceVerdict::copy) << "an older image";
  EXPECT_EQ(hello(instance(2), instance(3, 50)), InstanceVerdict::copy) << "another successor of the same instance";
  EXPECT_EQ(hello(instance(3, 50), instance(4)), InstanceVerdict::copy) << "follows a successor that was never committed";
  EXPECT_EQ(hello(instance(3), instance(4)), InstanceVerdict::accepted) << "the original goes on undisturbed";
}

TEST_F(SqliteStoreInstances, AnInstanceThatIsNotKnownHereIsACopys) {
  EXPECT_EQ(hello(instance(1), instance(2)), InstanceVerdict::copy) << "before any was committed";
  EXPECT_EQ(hello(std::nullopt, instance(1)), InstanceVerdict::accepted);
  EXPECT_EQ(hello(instance(8), instance(9)), InstanceVerdict::copy);
  EXPECT_EQ(hello(instance(1'000'000'000), instance(1'000'000'001)), InstanceVerdict::copy);
  EXPECT_EQ(hello(instance(1), instance(2)), InstanceVerdict::accepted) << "the original goes on undisturbed";
}

TEST_F(SqliteStoreInstances, NextMustBeAboveLast) {
  EXPECT_EQ(code(store_->commit_instance("t-1", agent_id(1), instance(5), instance(5))), Errc::invalid);
  EXPECT_EQ(code(store_->commit_instance("t-1", agent_id(1), std::nullopt, instance(0))), Errc::invalid);
}

TEST_F(SqliteStoreTokens, AreUsedAsOftenAsTheySay) {
  store_->add_token("t-2", token(5)).value();
  const auto used = store_->use_token(key(5), at(0)).value();
  EXPECT_EQ(used.tenant, "t-2");
  EXPECT_EQ(used.token.uses_left, 1u);
  EXPECT_EQ(used.token.allow, (std::vector{Permission::exec, Permission::files}));
  EXPECT_TRUE(used.token.ephemeral);
  EXPECT_TRUE(store_->use_token(key(5), at(0)));
  EXPECT_EQ(code(store_->use_token(key(5), at(0))), Errc::conflict);
}

TEST_F(SqliteStoreTokens, EnrolAnAgentWithItsRecordOrNothing) {
  store_->add_token("t-1", token(5)).value();
  auto fresh = agent(1, "web1");
  fresh.enrolled_by = key(5);
  const auto record = audit("t-1", "agent.enrol");
  store_->add_agent("t-1", agent(2, "taken")).value();
  auto taken = fresh;
  taken.name = "taken";
  EXPECT_EQ(code(store_->enrol_agent("t-1", taken, at(0), record)), Errc::conflict);
  EXPECT_EQ(code(store_->enrol_agent("t-1", fresh, at(3600), record)), Errc::expired);
  EXPECT_EQ(code(store_->enrol_agent("t-2", fresh, at(0), audit("t-2", "agent.enrol"))), Errc::not_found);
  auto too_long = record;
  too_long.target = std::string(1 << 20, 'x');
  EXPECT_EQ(code(store_->enrol_agent("t-1", fresh, at(0), too_long)), Errc::limit);
  EXPECT_EQ(store_->find_token(key(5)).value().token.uses_left, 2u);
  EXPECT_EQ(store_->audit_head("t-1", "relayd").value().seq, 0u);
  EXPECT_EQ(code(store_->agent("t-1", fresh.id)), Errc::not_found);
  store_->enrol_agent("t-1", fresh, at(0), record).value();
  EXPECT_EQ(store_->find_token(key(5)).value().token.uses_left, 1u);
  EXPECT_EQ(store_->audit_head("t-1", "relayd").value().seq, 1u);
  EXPECT_EQ(store_->agent("t-1", fresh.id).value().name, "web1");
}

TEST_F(SqliteStoreTokens, ExpireAtTheirTime) {
  store_->add_token("t-1", token(5)).value();
  EXPECT_TRUE(store_->use_token(key(5), at(3600) - Millis(1)));
  EXPECT_EQ(code(store_->use_token(key(5), at(3600))), Errc::expired);
  EXPECT_EQ(store_->find_token(key(5)).value().token.uses_left, 1u);
}

TEST_F(SqliteStoreTokens, UnknownAndRevokedAreNotFound) {
  EXPECT_EQ(code(store_->use_token(key(6), at(0))), Errc::not_found);
  store_->add_token("t-1", token(5)).value();
  store_->revoke_token("t-1", key(5)).value();
  EXPECT_EQ(code(store_->use_token(key(5), at(0))), Errc::not_found);
}

} // namespace
