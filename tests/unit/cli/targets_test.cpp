#include "cli/targets.hpp"

#include "fake_relay.hpp"

#include <fstream>

namespace {

using namespace rs;
using Tags = std::map<std::string, std::string>;

struct CliTargets : test::CliFixture {
  void SetUp() override {
    ASSERT_EQ(login({"--fingerprint", relay_print()}), 0) << terminal.err;
    list = {agent("web1", {{"role", "web"}}), agent("web2", {{"role", "web"}}), agent("db1", {{"role", "db"}})};
    serve();
  }
  wire::api::AgentEntry agent(const std::string& name, const Tags& tags, const Tags& certified,
                              const std::string& certified_name) {
    const auto id = tenant.new_agent_id();
    auto claims = tenant.agent_claims(tenant.new_keys(), id, certified_name);
    claims.tags = certified;
    return {{id, name, tags, true, "Debian 12", "1", {}, {}}, sealed::sign_document(claims, tenant.issuer)};
  }
  wire::api::AgentEntry agent(const std::string& name, const Tags& tags) { return agent(name, tags, tags, name); }
  void serve() { relay.answers["GET /v1/agents"].body = describe::to_json(wire::api::AgentList{list}); }
  int targets(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"targets", "-o", "name"});
    return rsctl(arguments);
  }
  std::vector<wire::api::AgentEntry> list;
};

TEST_F(CliTargets, EachWayOfNamingAddsAndExclusionTakesAway) {
  const std::tuple<std::vector<std::string>, std::string> rows[] = {
      {{"web2", "db1", "web2"}, "web2\ndb1\n"},
      {{"-l", "role=web"}, "web1\nweb2\n"},
      {{"db1", "-l", "role=web", "-x", "web1"}, "db1\nweb2\n"},
      {{"-w", "web[1-2],db1", "-x", "web[2-2]"}, "web1\ndb1\n"},
      {{"-w", "web1", "-w", "db1"}, "web1\ndb1\n"},
      {{"-l", "role=db", "-l", "name=web1"}, "web1\ndb1\n"},
      {{"--all", "-x", "db1"}, "web1\nweb2\n"},
      {{list[0].agent.id.text().substr(0, 10)}, "web1\n"},
  };
  for (const auto& [arguments, names] : rows) {
    EXPECT_EQ(targets(arguments), 0) << terminal.err;
    EXPECT_EQ(terminal.out, names) << testing::PrintToString(arguments);
  }
}

TEST_F(CliTargets, NamesComeFromAFileAndFromStdin) {
  std::ofstream(scratch.path("names")) << "web1 # first\ndb[1-1]\n";
  EXPECT_EQ(targets({"-w", "^" + scratch.path("names")}), 0) << terminal.err;
  EXPECT_EQ(terminal.out, "web1\ndb1\n");
  terminal.input = "web2,db1\n";
  EXPECT_EQ(targets({"-w", "-"}), 0) << terminal.err;
  EXPECT_EQ(terminal.out, "web2\ndb1\n");
  EXPECT_EQ(targets({"-w", "^/no/such/file"}), 6);
}

TEST_F(CliTargets, WhatIsNotFoundIsNoMatchAndListed) {
  EXPECT_EQ(targets({"web1", "web8", "web9"}), 3);
  EXPECT_EQ(terminal.out, "");
  EXPECT_NE(terminal.err.find("no-match: no agent called web8, web9"), std::string::npos) << terminal.err;
  EXPECT_EQ(targets({"-l", "role=mail"}), 3);
  EXPECT_EQ(targets({"web1", "web8", "--allow-empty"}), 0);
  EXPECT_EQ(terminal.out, "web1\n");
  EXPECT_EQ(targets({"-l", "role=mail", "--allow-empty"}), 0);
}

TEST_F(CliTargets, AMistypedExclusionIsNoMatch) {
  EXPECT_EQ(targets({"--all", "-x", "web1,w3b2"}), 3);
  EXPECT_EQ(terminal.out, "");
  EXPECT_NE(terminal.err.find("-x: no agent called w3b2"), std::string::npos) << terminal.err;
  EXPECT_EQ(targets({"--all", "-x", "web1,w3b2", "--allow-empty"}), 0);
  EXPECT_EQ(terminal.out, "web2\ndb1\n");
}

TEST_F(CliTargets, ABeginningOfAnIdThatIsTooShortNamesTheLeast) {
  EXPECT_EQ(targets({"a-y"}), 3);
  EXPECT_NE(terminal.err.find("at least 4 characters"), std::string::npos) << terminal.err;
}

TEST_F(CliTargets, AnotherNumberThanExpectedIsNoMatchWithBoth) {
  EXPECT_EQ(targets({"-l", "role=web", "--expect", "2"}), 0) << terminal.err;
  EXPECT_EQ(targets({"-l", "role=web", "--expect", "3"}), 3);
  EXPECT_EQ(terminal.out, "");
  EXPECT_NE(terminal.err.find("--expect 3, but there are 2 targets"), std::string::npos) << terminal.err;
  EXPECT_EQ(targets({"--all", "--expect", "many"}), 2);
}

TEST_F(CliTargets, WrongLinesAreUsageAndNameThePlace) {
  const std::tuple<std::vector<std::string>, std::string> rows[] = {
      {{}, "no targets"},
      {{"--allow-empty"}, "no targets"},
      {{"-l", "role=web,"}, "-l: column 10"},
      {{"-w", "a[2-1]"}, "-w: column 3"},
      {{"--all", "-x", "a["}, "-x: column 3"},
  };
  for (const auto& [arguments, what] : rows) {
    EXPECT_EQ(targets(arguments), 2);
    EXPECT_NE(terminal.err.find(what), std::string::npos) << terminal.err;
  }
}

TEST_F(CliTargets, WhomOnlyTheRelaysWordChoosesIsNeverUsed) {
  list.push_back(agent("web3", {{"role", "web"}}, {{"role", "mail"}}, "web3"));
  list.push_back(agent("web4", {{"role", "mail"}}, {{"role", "mail"}}, "db9"));
  serve();
  EXPECT_EQ(targets({"-l", "role=web"}), 32);
  EXPECT_EQ(terminal.out, "");
  EXPECT_NE(terminal.err.find("'web3'"), std::string::npos) << terminal.err;
  EXPECT_EQ(targets({"web4"}), 32);
  EXPECT_EQ(targets({"-l", "role=web", "-x", "web3"}), 0) << "who is only claimed can be left out: " << terminal.err;
  EXPECT_EQ(targets({"-l", "role=db"}), 0) << "who is not meant does no harm";
  EXPECT_EQ(rsctl({"agents", "list", "-l", "role=web", "-o", "name"}), 32);
  EXPECT_EQ(terminal.out, "web1\nweb2\n");
}

TEST_F(CliTargets, AListCanBeSelectedFrom) {
  EXPECT_EQ(rsctl({"agents", "list", "-l", "role=db | name=web2", "-o", "name"}), 0) << terminal.err;
  EXPECT_EQ(terminal.out, "web2\ndb1\n");
  EXPECT_EQ(rsctl({"agents", "list", "-l", "role"}), 2);
}

TEST_F(CliTargets, ACachedListIsAskedForOnceAMinuteAndOutlivesTheRelay) {
  const std::vector<std::string> cached{"agents", "list", "--cached", "-o", "name"};
  const auto asked = [&] { return count("GET /v1/agents"); };
  EXPECT_EQ(rsctl(cached), 0);
  EXPECT_EQ(rsctl(cached), 0);
  EXPECT_EQ(asked(), 1u);
  clock.now += std::chrono::seconds(61);
  EXPECT_EQ(rsctl(cached), 0);
  EXPECT_EQ(asked(), 2u);
  clock.now += std::chrono::seconds(61);
  EXPECT_EQ(rsctl({"agents", "list", "--cached", "-o", "name", "-s", "https://127.0.0.1:1"}), 0) << terminal.err;
  EXPECT_EQ(terminal.out, "web1\nweb2\ndb1\n");
}

TEST_F(CliTargets, UnknownFieldsAreUsageAndKnownOnesMayBeEmpty) {
  EXPECT_EQ(rsctl({"agents", "list", "--json", "--fields", "name,user"}), 0) << terminal.err;
  for (const char* format : {"table", "json", "ndjson", "yaml", "name"}) {
    EXPECT_EQ(rsctl({"agents", "list", "-o", format, "--fields", "colour"}), 2) << format;
    EXPECT_NE(terminal.err.find("last_seen"), std::string::npos) << terminal.err;
  }
  const auto before = relay.seen().size();
  EXPECT_EQ(rsctl({"enroll-token", "create", "--json", "--fields", "colour"}), 2);
  EXPECT_EQ(relay.seen().size(), before) << "a token that is not shown is not made";
}

struct CliTargetGuard : test::CliFixture {
  Result<void> guard(std::size_t count, std::initializer_list<std::pair<const char*, const char*>> options) {
    cli::Arguments arguments;
    for (const auto& [name, value] : options) arguments.add(name, value);
    cli::Settings settings;
    cli::Output output({}, [](std::string_view) {}, [](std::string_view) {});
    cli::Environment environment = [](std::string_view) { return std::optional<std::string>(); };
    cli::Context context{arguments, settings,    cli::Profile("", ""), {}, output, terminal,
                         clock,     environment, tenant.random,        {}, {}};
    return cli::guard_targets(context, count);
  }
};

TEST_F(CliTargetGuard, ManyTargetsNeedAWordWhereNobodyCanBeAsked) {
  EXPECT_TRUE(guard(50, {}));
  EXPECT_EQ(guard(51, {}).error().code, Errc::usage);
  EXPECT_NE(guard(51, {}).error().message.find("--expect 51"), std::string::npos);
  EXPECT_TRUE(guard(51, {{"--yes", ""}}));
  EXPECT_TRUE(guard(51, {{"--expect", "51"}}));
}

TEST_F(CliTargetGuard, AnotherNumberThanExpectedIsNoMatch) {
  EXPECT_EQ(guard(3, {{"--expect", "4"}}).error().code, Errc::no_match);
  EXPECT_EQ(guard(60, {{"--expect", "61"}, {"--yes", ""}}).error().code, Errc::no_match);
}

TEST_F(CliTargetGuard, APersonIsAsked) {
  terminal.is_terminal = true;
  terminal.answers = {"yes", "no"};
  EXPECT_TRUE(guard(51, {}));
  EXPECT_EQ(guard(51, {}).error().code, Errc::interrupted);
  EXPECT_EQ(guard(51, {{"--no-input", ""}}).error().code, Errc::usage);
  EXPECT_EQ(terminal.questions.size(), 2u);
}

} // namespace
