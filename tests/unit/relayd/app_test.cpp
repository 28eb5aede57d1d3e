#include "link_fixture.hpp"

#include "net/server.hpp"

namespace rs::relay::test {
namespace {

using AppTest = LinkTest;

struct TlsReload : LinkTest {
  TlsReload() { start(); }

  // A fresh certificate where the relay finds its own; SHA-256 of its key.
  Bytes replace_certificate() {
    const auto made = net::make_self_signed({"127.0.0.1"}, kNow).value();
    daemon::write_file_atomically(dir.own_certificate(), as_bytes(made.certificate), 0644).value();
    daemon::write_file_atomically(dir.own_certificate_key(), as_bytes(made.private_key), 0600).value();
    const auto spki = net::spki_sha256_of_pem(made.certificate).value();
    return Bytes(spki.begin(), spki.end());
  }
  sealed::RelayStatement statement() {
    const auto info = send(plain("GET", "/v1/relay")).as<wire::api::RelayInfo>();
    return sealed::verify_relay_statement(info.statement, {fingerprint, {}, 0}, kNow).value();
  }
};

TEST_F(TlsReload, NamesBothKeysUnderAHigherNumber) {
  const auto before = statement();
  const auto fresh = replace_certificate();
  app->reload_tls().value();
  const auto after = statement();
  EXPECT_EQ(after.number, before.number + 1);
  EXPECT_EQ(after.tls, (std::vector{fresh, before.tls.at(0)}));
  app->reload_tls().value(); // nothing was replaced
  EXPECT_EQ(statement().tls, after.tls);
  const auto newest = replace_certificate();
  app->reload_tls().value();
  EXPECT_EQ(statement().tls, (std::vector{newest, fresh}));
}

TEST_F(TlsReload, LeavesLinksAloneAndIsMetByNewOnes) {
  auto older = enter(ada);
  const auto fresh = replace_certificate();
  app->reload_tls().value();
  EXPECT_TRUE(resolve(*older, "web").resolved);
  auto newer = open_link();
  EXPECT_EQ(newer->tls_spki, fresh);
  EXPECT_NE(older->tls_spki, fresh);
  const auto said = next_control(*newer).challenge.value().statement; // what a pinned peer decides by
  const auto named = sealed::verify_relay_statement(said, {fingerprint, {}, 1}, kNow).value().tls;
  EXPECT_EQ(std::count(named.begin(), named.end(), newer->tls_spki), 1);
}

TEST_F(TlsReload, OfABrokenPairChangesNothing) {
  const auto served = statement().tls.at(0);
  (void)replace_certificate();
  const auto strange = net::make_self_signed({"127.0.0.1"}, kNow).value();
  daemon::write_file_atomically(dir.own_certificate_key(), as_bytes(strange.private_key), 0600).value();
  EXPECT_EQ(code_of(app->reload_tls()), Errc::invalid);
  EXPECT_EQ(open_link()->tls_spki, served);
  const auto fresh = replace_certificate();
  EXPECT_TRUE(app->reload_tls());
  EXPECT_EQ(statement().tls, (std::vector{fresh, served})); // the key that was in use stays named
}

TEST_F(AppTest, ServesADirectoryAloneAndOnlyAnInitialisedOne) {
  start();
  EXPECT_EQ(code_of(App::start(serve_options(), clock, crypto::system_random())), Errc::conflict);
  auto nowhere = serve_options();
  nowhere.data = scratch / "nowhere";
  EXPECT_EQ(code_of(App::start(nowhere, clock, crypto::system_random())), Errc::not_found);
}

TEST_F(AppTest, WantsAnAddressWithAPort) {
  for (const auto* bad : {"", "127.0.0.1", ":443", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:x", "127.0.0.1:-1"}) {
    auto options = serve_options();
    options.listen = bad;
    EXPECT_EQ(code_of(App::start(options, clock, crypto::system_random())), Errc::invalid) << bad;
  }
}

TEST_F(AppTest, TakesAnotherConfiguration) {
  auto options = serve_options();
  options.config = scratch / "relayd.json";
  EXPECT_EQ(code_of(App::start(options, clock, crypto::system_random())), Errc::not_found);
  std::filesystem::rename(dir.config(), options.config);
  start(options);
  EXPECT_EQ(send(plain("GET", "/healthz")).status, 200U);
}

TEST_F(AppTest, ComesBackWithWhatItKnew) {
  start();
  (void)enter(web, 1);
  client.reset();
  app.reset();
  start();
  auto copy = open_link();
  EXPECT_EQ(enter(*copy, web.keys, session::InstanceOffer{{}, instance(1, 9)}).error.value().code, wire::RelayCode::clone);
  const auto again = enter(web, 2);
  EXPECT_TRUE(is_online(web));
}

// A relay whose store has no room for another audit record.
struct FullDisk : LinkTest {
  FullDisk() {
    fill();
    auto options = serve_options();
    options.store_max_pages = 1; // no more than it has
    start(options);
  }
  void fill() {
    auto full = store::SqliteStore::open(dir.store(), {.busy_timeout = Millis(5000), .max_pages = 1}).value();
    store::AuditRecord record;
    record.time = kNow;
    record.writer = "relayd";
    record.tenant = acme().row.id;
    record.actor = record.action = "x";
    for (std::size_t size : {1000, 100, 10, 0}) {
      record.target = std::string(size, 'x');
      while (full->append_audit({&record, 1})) {}
    }
  }
  std::uint64_t audited() { return papers->store->audit_head(acme().row.id, "relayd").value().seq; }

  Machine ephemeral = papers->machine(acme(), "ephemeral", true);
};

TEST_F(FullDisk, SignsNobodyInAndRegistersNoDevice) {
  const auto before = audited();
  const auto keys = papers->new_keys();
  EXPECT_EQ(send(login_request(keys, "admin@example.org", std::string(kPassword))).code(), Errc::audit_unavailable);
  EXPECT_EQ(send(login_request(keys, "admin@example.org", "wrong-horse-1")).code(), Errc::audit_unavailable);
  EXPECT_TRUE(papers->store->list_devices(acme().row.id, admin.id).value().empty());
  EXPECT_EQ(audited(), before);
}

TEST_F(FullDisk, MakesNoTokenAndEnrolsNobody) {
  const wire::api::TokenRequest token{papers->new_keys().sign.public_key(), Millis(60'000), 1, {}, {}, false};
  const auto answer = call(ada, "POST", "/v1/enroll-tokens", describe::to_json(token));
  EXPECT_EQ(answer.code(), Errc::audit_unavailable);
  EXPECT_EQ(answer.status, 503U);
  EXPECT_TRUE(papers->store->list_tokens(acme().row.id).value().empty());
  const auto seed = papers->new_keys();
  papers->store
      ->add_token(acme().row.id, {.public_key = seed.sign.public_key(),
                                  .label = {},
                                  .tags = {},
                                  .allow = {},
                                  .uses_left = 1,
                                  .expires = kNow + std::chrono::hours(1),
                                  .ephemeral = false,
                                  .created_by = "u-1"})
      .value();
  const sealed::EnrolClaims claims{
      seed.sign.public_key(), acme().row.id, fingerprint, "fresh", "linux", "1", Papers::publics(papers->new_keys()),
      to_unix_seconds(kNow)};
  const auto enrolled =
      send(plain("POST", "/v1/enroll", describe::to_json(wire::api::EnrolRequest{sealed::sign_document(claims, seed.sign)})));
  EXPECT_EQ(enrolled.code(), Errc::audit_unavailable);
  EXPECT_EQ(papers->store->find_agent(acme().row.id, "fresh").error().code, Errc::not_found);
  EXPECT_EQ(papers->store->find_token(seed.sign.public_key()).value().token.uses_left, 1U);
}

TEST_F(FullDisk, OpensNoSession) {
  auto agent = enter(ephemeral);
  auto link = enter(ada);
  link->send(open_frame(1, open_body(ada, ephemeral.row.id.text())));
  const auto reply = next_reply(*link);
  EXPECT_EQ(reply.type, wire::FrameType::refuse);
  EXPECT_EQ(reply.why.code, wire::RelayCode::audit_unavailable);
  EXPECT_EQ(next_reply(*agent).type, wire::FrameType::open);
  EXPECT_EQ(next_reply(*agent).type, wire::FrameType::close);   // what it was asked meanwhile is off
  link->send(open_frame(3, open_body(ada, web.row.id.text()))); // not even to say that nobody is there
  EXPECT_EQ(next_reply(*link).why.code, wire::RelayCode::audit_unavailable);
  EXPECT_EQ(status().circuits, 0U);
}

} // namespace
} // namespace rs::relay::test
