#include "session/peer_link.hpp"

#include "support/tenant.hpp"
#include "wire/limits.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::session;
using test::kNow;

// The link of one technician, and what its relay says.
class PeerLinkOfOnePeer : public testing::Test {
 protected:
  Result<std::optional<PeerLink::Event>> hears(wire::Control control, WallTime now = kNow) {
    return link_.on_control(std::move(control), now);
  }
  Errc refuses(wire::Control control) {
    const auto event = hears(std::move(control));
    EXPECT_FALSE(event);
    return event ? Errc::no_match : event.error().code;
  }
  wire::Control challenge(Bytes nonce = Bytes(32, 5)) const {
    wire::Control control;
    control.challenge = wire::Challenge{std::move(nonce), tenant_.relay_statement};
    return control;
  }
  wire::Control welcome() const {
    wire::Control control;
    control.welcome = wire::Welcome{tenant_.org_statement, {}, {}};
    return control;
  }
  static wire::Control error(std::optional<std::uint64_t> n) {
    wire::Control control;
    control.error = wire::ControlError{wire::RelayCode::clone, "an older instance", n};
    return control;
  }
  static wire::Control goaway() {
    wire::Control control;
    control.goaway = wire::Goaway{wire::RelayCode::shutting_down, Millis(500)};
    return control;
  }
  static wire::Control resolved() {
    wire::Control control;
    control.resolved = wire::Resolved{1, "certificate", true};
    return control;
  }

  test::Tenant tenant_;
  Identity keys_ = tenant_.technician();
  LinkTrust trust_ = tenant_.trust();
  PeerLink link_{{keys_, trust_, InstanceOffer{sealed::Instance{4, Bytes(16, 4)}, {5, Bytes(16, 5)}}, {"x"}}};
};

TEST_F(PeerLinkOfOnePeer, AnswersTheChallengeWithASignedHello) {
  ASSERT_TRUE(hears(challenge()));
  EXPECT_TRUE(link_.challenged());
  EXPECT_FALSE(link_.welcomed());
  const auto message = link_.endpoint().next_message({});
  ASSERT_TRUE(message);
  const auto control = wire::parse_control(wire::parse_frame(message->view())->json);
  ASSERT_TRUE(control && control->hello);
  EXPECT_EQ(control->hello->certificate, keys_.certificate);
  const auto claims = sealed::verify_document<sealed::HelloClaims>(control->hello->hello, keys_.sign.public_key());
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->nonce, Bytes(32, 5));
  EXPECT_EQ(claims->relay, crypto::fingerprint(tenant_.relay.public_key()));
  EXPECT_EQ(claims->versions, std::vector<std::uint32_t>{wire::kVersion});
  EXPECT_EQ(claims->last->counter, 4u);
  EXPECT_EQ(claims->next->counter, 5u);
}

TEST_F(PeerLinkOfOnePeer, IsWelcomedWithItsTenantsStatement) {
  ASSERT_TRUE(hears(challenge()));
  const auto event = hears(welcome());
  ASSERT_TRUE(event && *event);
  EXPECT_EQ(std::get<PeerLink::Welcomed>(**event).org.org, tenant_.org_id);
  EXPECT_TRUE(link_.welcomed());
}

TEST_F(PeerLinkOfOnePeer, SendsNothingToARelayThatIsNotItsOwn) {
  tenant_.relay_statement = tenant_.sign_relay_statement(crypto::Ed25519Key::generate(tenant_.random), 1);
  EXPECT_EQ(refuses(challenge()), Errc::server_identity);
  EXPECT_FALSE(link_.challenged());
  EXPECT_FALSE(link_.endpoint().has_output());
}

TEST_F(PeerLinkOfOnePeer, SendsNothingOverATlsKeyThatTheRelayDoesNotName) {
  tenant_.tls_spki.assign(32, 8);
  tenant_.relay_statement = tenant_.sign_relay_statement(tenant_.relay, 1);
  EXPECT_EQ(refuses(challenge()), Errc::server_identity);
  EXPECT_FALSE(link_.endpoint().has_output());
}

TEST_F(PeerLinkOfOnePeer, SendsNothingOnAnExpiredStatement) {
  const auto event = hears(challenge(), kNow + std::chrono::hours(24 * 31));
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().code, Errc::expired);
  EXPECT_FALSE(link_.endpoint().has_output());
}

TEST_F(PeerLinkOfOnePeer, AWelcomeFromAnotherTenantEndsTheLink) {
  ASSERT_TRUE(hears(challenge()));
  tenant_.org_statement = test::Tenant(99).org_statement;
  EXPECT_EQ(refuses(welcome()), Errc::server_identity);
  EXPECT_FALSE(link_.welcomed());
}

TEST_F(PeerLinkOfOnePeer, AnOlderStatementOfTheTenantIsRefused) {
  trust_.org.least_number = 2;
  PeerLink link({keys_, trust_, {}, {}});
  ASSERT_TRUE(link.on_control(challenge(), kNow));
  const auto event = link.on_control(welcome(), kNow);
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().code, Errc::conflict);
}

TEST_F(PeerLinkOfOnePeer, ANonceOfAnotherLengthEndsTheLink) {
  for (const std::size_t bytes : {0u, 31u, 33u, 48'000u}) EXPECT_EQ(refuses(challenge(Bytes(bytes, 1))), Errc::invalid) << bytes;
  EXPECT_FALSE(link_.endpoint().has_output());
}

TEST_F(PeerLinkOfOnePeer, MessagesOutOfOrderEndTheLink) {
  EXPECT_EQ(refuses(welcome()), Errc::connection_lost); // before the challenge it may be anybody's word
  EXPECT_EQ(refuses(goaway()), Errc::connection_lost);
  EXPECT_EQ(refuses(error({})), Errc::connection_lost);
  ASSERT_TRUE(hears(challenge()));
  EXPECT_EQ(refuses(challenge()), Errc::invalid);
  EXPECT_EQ(refuses(resolved()), Errc::invalid);
  ASSERT_TRUE(hears(welcome()));
  EXPECT_EQ(refuses(welcome()), Errc::invalid);
  EXPECT_EQ(refuses(challenge()), Errc::invalid);
}

TEST_F(PeerLinkOfOnePeer, MessagesThatOnlyPeersSendEndTheLink) {
  ASSERT_TRUE(hears(challenge()));
  ASSERT_TRUE(hears(welcome()));
  wire::Control hello;
  hello.hello = wire::Hello{"x", "y"};
  EXPECT_EQ(refuses(hello), Errc::invalid);
  wire::Control resolve;
  resolve.resolve = wire::Resolve{1, "web01"};
  EXPECT_EQ(refuses(resolve), Errc::invalid);
}

TEST_F(PeerLinkOfOnePeer, AnErrorWithoutAQuestionEndsTheLinkWithItsCode) {
  ASSERT_TRUE(hears(challenge()));
  EXPECT_EQ(refuses(error({})), Errc::conflict);
}

TEST_F(PeerLinkOfOnePeer, OthersBusinessIsHandedOn) {
  ASSERT_TRUE(hears(challenge()));
  EXPECT_TRUE(std::get<wire::Control>(**hears(goaway())).goaway);
  ASSERT_TRUE(hears(welcome()));
  EXPECT_TRUE(std::get<wire::Control>(**hears(resolved())).resolved);
  EXPECT_EQ(std::get<wire::Control>(**hears(error(7))).error->n, 7u);
}

} // namespace
