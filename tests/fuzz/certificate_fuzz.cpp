#include "base/assert.hpp"
#include "crypto/jws.hpp"
#include "unit/sealed/papers.hpp"

// Arbitrary text as each document, and arbitrary claims under a good signature: the second gets past the
// signature to what reads the claims.
namespace {

using namespace rs;
using namespace rs::sealed;

template <class T>
bool in_date(const T& claims) {
  return claims.iat <= test::Papers::kNow + kClockTolerance && claims.exp >= test::Papers::kNow - kClockTolerance;
}

void verify_all(std::string_view text, const test::Papers& t) {
  if (const auto claims = verify_technician(text, t.statement, t.now())) {
    RS_ASSERT(in_date(*claims) && claims->org == t.statement.org && claims->role != Role::customer);
    RS_ASSERT(claims->exp - claims->iat <= kMaxTechnicianLife);
  }
  if (const auto claims = verify_agent(text, t.statement, t.now()))
    RS_ASSERT(in_date(*claims) && check_name(claims->name, "name"));
  if (const auto statement = verify_org_statement(text, t.pin)) RS_ASSERT(statement->number >= t.pin.least_number);
  if (const auto statement = verify_relay_statement(text, t.relay_pin, t.now())) RS_ASSERT(in_date(*statement));
  static_cast<void>(peek_document<HelloClaims>(text));
  static_cast<void>(peek_document<CallClaims>(text));
  static_cast<void>(peek_document<RenewClaims>(text));
  static_cast<void>(peek_document<EnrolClaims>(text));
}

void read_token(std::string_view text) {
  if (const auto token = parse_enrol_token(text)) RS_ASSERT(parse_enrol_token(format_enrol_token(*token)));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::Papers t;
  const auto text = as_text(ByteView(data, size));
  verify_all(text, t);
  verify_all(crypto::jws_sign(TechnicianClaims::kType, text, t.issuer), t);
  verify_all(crypto::jws_sign(AgentClaims::kType, text, t.issuer), t);
  verify_all(crypto::jws_sign(OrgStatement::kType, text, t.root), t);
  verify_all(crypto::jws_sign(RelayStatement::kType, text, test::Papers::key(7)), t);
  read_token(text);
  read_token("rse1." + base64url(ByteView(data, size)));
  return 0;
}
