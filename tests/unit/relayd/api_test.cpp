#include "relayd/api/context.hpp"

#include "relay_fixture.hpp"

namespace rs::relay::test {
namespace {

using describe::Node;

// Who may call what, and what a wrong body is told.
struct Api : RelayTest {
  void SetUp() override { start(); }

  static std::vector<api::Row> signed_rows() {
    std::vector<api::Row> out;
    for (const auto rows : api::all_rows())
      std::copy_if(rows.begin(), rows.end(), std::back_inserter(out), [](const auto& row) { return row.sign_in; });
    return out;
  }
  static std::string target_of(const api::Row& row, const std::string& tail = "x") {
    return std::string(row.path) + (row.path.ends_with('/') ? tail : "");
  }
  wire::api::TokenRequest token_request() const {
    return {papers->new_keys().sign.public_key(), Millis(60'000), 1, {{"role", "web"}}, {Permission::exec}, false};
  }

  Person ada = papers->person(acme(), "ada", Role::technician);
  Person bot = papers->person(acme(), "bot", Role::bot);
  Person eve = papers->person(other(), "eve", Role::admin);
};

TEST_F(Api, TakesNoRequestThatIsNotSignedRight) {
  using Twist = std::function<void(sealed::CallClaims&)>;
  struct Attack {
    std::string what;
    std::function<net::HttpRequest(const std::string& method, const std::string& target)> make;
    Errc code;
  };
  const auto twisted = [&](std::string what, Twist twist, Errc code) {
    return Attack{std::move(what),
                  [this, twist = std::move(twist)](auto& m, auto& t) { return signed_by(ada.keys, m, t, "", twist); }, code};
  };
  auto thief = papers->new_keys();
  thief.certificate = ada.keys.certificate;
  const Attack attacks[] = {
      {"no headers", [](auto& m, auto& t) { return plain(m, t); }, Errc::sign_in},
      {"somebody else's certificate", [&](auto& m, auto& t) { return signed_by(thief, m, t); }, Errc::sign_in},
      {"a body that was changed",
       [&](auto& m, auto& t) {
    auto r = signed_by(ada.keys, m, t, "{}");
    r.body = "[]";
    return r;
  }, Errc::sign_in},
      twisted("another relay", [](auto& c) { c.relay = std::string(64, '0'); }, Errc::sign_in),
      twisted("another method", [](auto& c) { c.method = "PUT"; }, Errc::sign_in),
      twisted("another target", [](auto& c) { c.target += "?"; }, Errc::sign_in),
      twisted("too old", [](auto& c) { c.iat -= 3600; }, Errc::clock_skew),
      twisted("from the future", [](auto& c) { c.iat += 3600; }, Errc::clock_skew),
  };
  for (const auto& row : signed_rows()) {
    for (const auto& attack : attacks) {
      const auto answer = send(attack.make(std::string(row.method), target_of(row)));
      EXPECT_EQ(answer.code(), attack.code) << row.path << ": " << attack.what;
      EXPECT_EQ(answer.status, 401U) << row.path << ": " << attack.what;
    }
  }
}

TEST_F(Api, TakesASignedRequestOnce) {
  for (const auto& row : signed_rows()) {
    if (row.path == "/v1/logout") continue;
    const auto request = signed_by(ada.keys, std::string(row.method), target_of(row));
    EXPECT_NE(send(request).code(), Errc::sign_in) << row.path;
    EXPECT_EQ(send(request).code(), Errc::sign_in) << row.path;
  }
}

TEST_F(Api, LetsOnlyStaffSeeTheAuditAndMakeTokens) {
  for (const auto* target : {"/v1/audit", "/v1/audit/head"}) {
    EXPECT_EQ(get(bot, target).code(), Errc::forbidden) << target;
    EXPECT_EQ(get(ada, target).status, 200U) << target;
  }
  EXPECT_EQ(call(bot, "POST", "/v1/enroll-tokens", describe::to_json(token_request())).code(), Errc::forbidden);
  EXPECT_EQ(call(bot, "DELETE", "/v1/enroll-tokens/x").code(), Errc::forbidden);
  EXPECT_EQ(get(bot, "/v1/agents").status, 200U);
}

TEST_F(Api, ShowsNothingOfAnotherTenant) {
  const auto web = papers->machine(acme(), "web");
  const auto token = call(ada, "POST", "/v1/enroll-tokens", describe::to_json(token_request())).as<wire::api::TokenItem>();
  for (const auto& tail :
       {web.row.id.text(), web.row.id.text().substr(0, 8), std::string("web"), token.id, token.id.substr(0, 8)}) {
    for (const auto& row : signed_rows()) {
      if (row.path.ends_with('/'))
        EXPECT_EQ(call(eve, std::string(row.method), target_of(row, tail)).code(), Errc::not_found) << row.path << tail;
    }
  }
  for (const auto* target : {"/v1/agents", "/v1/enroll-tokens", "/v1/audit", "/v1/org"}) {
    const auto seen = get(eve, target);
    EXPECT_EQ(seen.status, 200U) << target;
    for (const auto& secret : {web.row.id.text(), token.id, acme().row.id, std::string("u-ada")})
      EXPECT_EQ(seen.text.find(secret), std::string::npos) << target;
  }
  EXPECT_EQ(get(ada, "/v1/agents/web").as<wire::api::AgentEntry>().agent.id, web.row.id);
  EXPECT_EQ(papers->store->list_tokens(acme().row.id).value().size(), 1U);
}

TEST_F(Api, NamesTheFieldOfABodyThatIsWrong) {
  const auto keys = papers->new_keys();
  const struct {
    std::string target;
    Node body;
  } bodies[] = {
      {"/v1/login",
       describe::to_node(wire::api::LoginRequest{"acme", "a@b", "x", keys.sign.public_key(), keys.noise.public_key()})},
      {"/v1/renew", describe::to_node(wire::api::RenewRequest{"x"})},
      {"/v1/enroll", describe::to_node(wire::api::EnrolRequest{"x"})},
      {"/v1/enroll-tokens", describe::to_node(token_request())},
  };
  const auto expect_named = [&](const std::string& target, const Node& body, const std::string& field, const char* what) {
    const auto answer = call(ada, "POST", target, describe::write_json(body));
    EXPECT_EQ(answer.status, 400U) << target << ": " << what << " " << field;
    EXPECT_EQ(answer.error().message.find(field), 0U) << target << ": " << what << " " << field << ": " << answer.text;
  };
  for (const auto& [target, body] : bodies) {
    const auto& members = *body.get_if<Node::Object>();
    for (const auto& [name, value] : members) {
      auto missing = members;
      std::erase_if(missing, [&](const auto& member) { return member.first == name; });
      if (name != "tenant") expect_named(target, Node(missing), name, "missing");
      auto mistyped = body;
      mistyped.set(name, value.kind() == Node::Kind::boolean ? Node("yes") : Node(true));
      expect_named(target, mistyped, name, "mistyped");
    }
    auto extra = body;
    extra.set("surprise", 1);
    expect_named(target, extra, "surprise", "extra");
    for (const auto* text : {"", "{", "[]", "null", "{} {}"})
      EXPECT_EQ(call(ada, "POST", target, text).status, 400U) << target << ": " << text;
  }
}

TEST_F(Api, SaysWhatIsWrongWithATokensTerms) {
  const struct {
    std::function<void(wire::api::TokenRequest&)> change;
    std::string message;
  } cases[] = {
      {[](auto& t) { t.ttl = Millis(0); }, "ttl: "},
      {[](auto& t) { t.ttl = std::chrono::hours(24 * 31); }, "ttl: "},
      {[](auto& t) { t.uses = 0; }, "uses: "},
      {[](auto& t) { t.tags = {{"a b", "c"}}; }, "tags: "},
      {[](auto& t) { t.tags = {{"a", std::string(257, 'c')}}; }, "tags.a: "},
  };
  for (const auto& c : cases) {
    auto body = token_request();
    c.change(body);
    const auto answer = call(ada, "POST", "/v1/enroll-tokens", describe::to_json(body));
    EXPECT_EQ(answer.code(), Errc::invalid) << c.message;
    EXPECT_EQ(answer.error().message.find(c.message), 0U) << answer.text;
  }
  EXPECT_TRUE(papers->store->list_tokens(acme().row.id).value().empty());
}

TEST_F(Api, MakesListsAndRevokesTokensOnRecord) {
  const auto body = describe::to_json(token_request());
  const auto made = call(ada, "POST", "/v1/enroll-tokens", body).as<wire::api::TokenItem>();
  EXPECT_EQ(made.created_by, "u-ada");
  EXPECT_EQ(call(ada, "POST", "/v1/enroll-tokens", body).code(), Errc::conflict);
  EXPECT_EQ(get(ada, "/v1/enroll-tokens").as<wire::api::TokenList>().items.at(0).id, made.id);
  EXPECT_EQ(call(ada, "DELETE", "/v1/enroll-tokens/" + made.id.substr(0, 7)).code(), Errc::not_found);
  EXPECT_EQ(call(ada, "DELETE", "/v1/enroll-tokens/" + made.id.substr(0, 8)).status, 200U);
  EXPECT_TRUE(get(ada, "/v1/enroll-tokens").as<wire::api::TokenList>().items.empty());
  for (const auto* action : {"enroll-token.create", "enroll-token.revoke"}) {
    const auto records = papers->audit(acme().row.id, action);
    ASSERT_EQ(records.size(), 1U) << action;
    EXPECT_EQ(records[0].target, made.id);
    EXPECT_EQ(records[0].actor, "u-ada");
  }
}

TEST_F(Api, RevokesNoneOfTwoTokensThatAPartNames) {
  std::map<std::string, crypto::PublicKey> seen; // by the first 8 digits: two meet among some ten thousands
  crypto::PublicKey one{};
  for (std::uint32_t i = 0; !seen.contains(crypto::fingerprint(one).substr(0, 8)); ++i) {
    seen.emplace(crypto::fingerprint(one).substr(0, 8), one);
    for (int byte = 0; byte < 4; ++byte) one[static_cast<std::size_t>(byte)] = static_cast<std::uint8_t>((i + 1) >> (8 * byte));
  }
  const auto part = crypto::fingerprint(one).substr(0, 8);
  for (const auto& key : {one, seen.at(part)})
    papers->store->add_token(acme().row.id, {.public_key = key, .expires = kNow + std::chrono::hours(1), .created_by = "u-1"})
        .value();
  EXPECT_EQ(call(ada, "DELETE", "/v1/enroll-tokens/" + part).code(), Errc::conflict);
  EXPECT_EQ(papers->store->list_tokens(acme().row.id).value().size(), 2U);
  EXPECT_EQ(call(ada, "DELETE", "/v1/enroll-tokens/" + crypto::fingerprint(one)).status, 200U);
}

TEST_F(Api, GivesTheAuditByPageAndTheEndOfItsChain) {
  for (int i = 0; i < 3; ++i) (void)call(ada, "POST", "/v1/enroll-tokens", describe::to_json(token_request()));
  const auto numbers = [&](const std::string& query) {
    std::vector<std::int64_t> out;
    const auto answer = get(ada, "/v1/audit?" + query);
    for (const auto& item : *answer.body.find("items")->get_if<Node::Array>())
      out.push_back(*item.find("seq")->get_if<std::int64_t>());
    return out;
  };
  EXPECT_EQ(numbers("action=enroll-token.create"), (std::vector<std::int64_t>{2, 3, 4}));
  EXPECT_EQ(numbers("after=2&limit=1"), (std::vector<std::int64_t>{3}));
  EXPECT_EQ(numbers("actor=nobody"), std::vector<std::int64_t>{});
  EXPECT_EQ(numbers("since=" + to_rfc3339(kNow + Millis(1))), std::vector<std::int64_t>{});
  EXPECT_EQ(numbers("writer=a-x"), std::vector<std::int64_t>{});
  const auto head = get(ada, "/v1/audit/head").as<session::AuditHead>();
  EXPECT_EQ(head, papers->store->verify_audit(acme().row.id, "relayd").value());
  for (const auto* bad : {"after=-1", "limit=x", "after=", "since=yesterday"})
    EXPECT_EQ(get(ada, std::string("/v1/audit?") + bad).code(), Errc::invalid) << bad;
}

TEST_F(Api, ServesItsStateWithoutASignIn) {
  for (const auto* target : {"/healthz", "/readyz", "/metrics", "/v1/relay", "/v1/openapi.json"})
    EXPECT_EQ(send(plain("GET", target)).status, 200U) << target;
  const auto info = send(plain("GET", "/v1/relay")).as<wire::api::RelayInfo>();
  EXPECT_TRUE(sealed::verify_relay_statement(info.statement, {fingerprint, {}, 0}, kNow));
  EXPECT_EQ(get(ada, "/v1/org").as<wire::api::OrgInfo>().org_statement, acme().row.org_statement);
}

TEST_F(Api, KnowsNoOtherPathOrMethod) {
  for (const auto* target :
       {"/", "/v1", "/v1/", "/v1/agents/a/b", "/v1/agents/", "/v1/relay/", "/v2/relay", "/healthz/x", "//v1/relay"})
    EXPECT_EQ(send(plain("GET", target)).status, 404U) << target;
  EXPECT_EQ(send(plain("DELETE", "/v1/relay")).status, 405U);
  EXPECT_EQ(send(plain("GET", "/v1/login")).status, 405U);
}

TEST_F(Api, ReadsPercentSignsInPathAndQuery) {
  (void)papers->machine(acme(), "web");
  EXPECT_EQ(get(ada, "/v1/agents/w%65b").status, 200U);
  EXPECT_EQ(get(ada, "/v1/agents/w%6").code(), Errc::not_found);
  EXPECT_EQ(get(ada, "/v1/agents/..%2f..%2fetc").code(), Errc::not_found);
  EXPECT_EQ(get(ada, "/v1/audit?action=%00%ff").status, 200U);
}

} // namespace
} // namespace rs::relay::test
