#include "net_fixture.hpp"

#include "daemon/files.hpp"

#include <filesystem>

namespace rs::net {
namespace {

struct Tls : NetFixture {
  Tls() : directory(testing::TempDir() + "rs-tickets-" + std::to_string(::getpid())), tickets(make_ticket_store(directory)) {}
  ~Tls() override { std::filesystem::remove_all(directory); }

  ConnectOptions with_tickets() {
    auto out = connect_options();
    out.tickets = tickets.get();
    return out;
  }
  // One whole exchange: the ticket comes behind the handshake.
  ServerIdentity visit(const ConnectOptions& with) {
    auto client = connect(with).value();
    EXPECT_TRUE(request(*client, HttpRequest{}));
    return client->identity();
  }
  std::string ca_file() {
    std::filesystem::create_directories(directory);
    const std::string path = directory + "/ca.pem";
    EXPECT_TRUE(daemon::write_file_atomically(path, as_bytes(identity.certificate), 0600));
    return path;
  }

  std::string directory;
  std::unique_ptr<TicketStore> tickets;
};

TEST_F(Tls, IdentityNamesTheServersKey) {
  const auto seen = visit(connect_options());
  EXPECT_EQ(seen.spki_sha256, spki_sha256_of_pem(identity.certificate).value());
  EXPECT_EQ(seen.issuer, "CN=localhost");
  EXPECT_FALSE(seen.chain_ok);
  EXPECT_FALSE(seen.resumed);
}

TEST_F(Tls, AChainUpToTheGivenAuthorityIsGood) {
  auto with = connect_options();
  with.pinned_relay = "";
  with.ca_file = ca_file();
  const auto seen = visit(with);
  EXPECT_TRUE(seen.chain_ok) << seen.chain_error;
}

TEST_F(Tls, ACertificateForAnotherHostIsNotGood) {
  identity = make_self_signed({"elsewhere.example"}, daemon::SystemClock().wall()).value();
  options.certificate = identity.certificate;
  options.private_key = identity.private_key;
  auto with = connect_options();
  with.pinned_relay = "";
  with.ca_file = ca_file();
  const auto seen = visit(with);
  EXPECT_FALSE(seen.chain_ok);
  EXPECT_NE(seen.chain_error.find("mismatch"), std::string::npos) << seen.chain_error;
}

TEST_F(Tls, AnUnknownAuthorityIsNotGood) {
  auto with = connect_options();
  with.pinned_relay = "";
  const auto seen = visit(with);
  EXPECT_FALSE(seen.chain_ok);
  EXPECT_FALSE(seen.chain_error.empty());
}

TEST_F(Tls, AnExpiredCertificateIsNotGood) {
  identity = make_self_signed({"127.0.0.1"}, from_unix_seconds(0)).value();
  options.certificate = identity.certificate;
  options.private_key = identity.private_key;
  auto with = connect_options();
  with.pinned_relay = "";
  with.ca_file = ca_file();
  EXPECT_FALSE(visit(with).chain_ok);
}

TEST_F(Tls, ResumesWithATicketAndStillKnowsTheKey) {
  EXPECT_FALSE(visit(with_tickets()).resumed);
  const auto seen = visit(with_tickets());
  EXPECT_TRUE(seen.resumed);
  EXPECT_EQ(seen.spki_sha256, spki_sha256_of_pem(identity.certificate).value());
}

TEST_F(Tls, ATicketThatComesOverTheLinkIsKept) {
  Peer peer;
  peer.adopt(open_link(with_tickets()));
  peer.send(filled(10, 1));
  peer.await(reactor, 1);
  EXPECT_TRUE(visit(with_tickets()).resumed);
}

TEST_F(Tls, TicketsAreFiledUnderThePinnedRelay) {
  visit(with_tickets());
  auto other = with_tickets();
  other.pinned_relay = "another";
  EXPECT_FALSE(visit(other).resumed);
}

TEST_F(Tls, WithoutAPinNoTicketIsUsed) {
  auto with = with_tickets();
  with.pinned_relay = "";
  visit(with);
  EXPECT_FALSE(visit(with).resumed);
}

TEST_F(Tls, AnUnreadableTicketFileIsAMiss) {
  visit(with_tickets());
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    ASSERT_TRUE(daemon::write_file_atomically(entry.path(), as_bytes("no session"), 0600));
  EXPECT_FALSE(visit(with_tickets()).resumed);
  EXPECT_TRUE(visit(with_tickets()).resumed);
}

TEST_F(Tls, TicketFilesArePrivate) {
  visit(with_tickets());
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    EXPECT_EQ(entry.status().permissions(), std::filesystem::perms(0600));
  EXPECT_EQ(std::filesystem::status(directory).permissions(), std::filesystem::perms(0700));
}

TEST_F(Tls, ReplacingTheKeyLeadsToAFullHandshake) {
  visit(with_tickets());
  const auto next = make_self_signed({"127.0.0.1"}, daemon::SystemClock().wall()).value();
  ASSERT_TRUE(server->replace_certificate(next.certificate, next.private_key));
  const auto seen = visit(with_tickets());
  EXPECT_FALSE(seen.resumed);
  EXPECT_EQ(seen.spki_sha256, spki_sha256_of_pem(next.certificate).value());
  EXPECT_TRUE(visit(with_tickets()).resumed);
}

TEST_F(Tls, TicketsStayValidWhileTheKeyIsTheSame) {
  visit(with_tickets());
  ASSERT_TRUE(server->replace_certificate(identity.certificate, identity.private_key));
  EXPECT_TRUE(visit(with_tickets()).resumed);
}

TEST_F(Tls, ACertificateThatDoesNotFitItsKeyIsInvalid) {
  listen();
  const auto other = make_self_signed({"x"}, daemon::SystemClock().wall()).value();
  EXPECT_EQ(server->replace_certificate(other.certificate, identity.private_key).error().code, Errc::invalid);
  EXPECT_EQ(server->replace_certificate("no PEM", identity.private_key).error().code, Errc::invalid);
  EXPECT_TRUE(connect(connect_options()));
}

TEST_F(Tls, OldConnectionsOutliveAReplacedCertificate) {
  auto client = connect(connect_options()).value();
  const auto next = make_self_signed({"127.0.0.1"}, daemon::SystemClock().wall()).value();
  ASSERT_TRUE(server->replace_certificate(next.certificate, next.private_key));
  EXPECT_TRUE(request(*client, HttpRequest{}));
}

TEST(SelfSignedCertificate, RefusesWhatIsNoHost) {
  const WallTime now = from_unix_seconds(1'800'000'000);
  for (const std::string host : {"", "a,DNS:b", "a b", "a\n"})
    EXPECT_EQ(make_self_signed({host}, now).error().code, Errc::invalid) << host;
  EXPECT_FALSE(make_self_signed({}, now));
  EXPECT_TRUE(make_self_signed({"relay.example", "::1", "192.0.2.1"}, now));
}

TEST(SpkiHash, IsInvalidWithoutACertificate) { EXPECT_EQ(spki_sha256_of_pem("x").error().code, Errc::invalid); }

} // namespace
} // namespace rs::net
