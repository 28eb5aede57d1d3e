#include "cli/api.hpp"

#include "net/proxy.hpp"

#include "cli/trust.hpp"
#include "crypto/hash.hpp"
#include "net/url.hpp"
#include "wire/api.hpp"
#include "wire/limits.hpp"

namespace rs::cli {
namespace {

constexpr unsigned kFirstErrorStatus = 400;
constexpr unsigned kFirstServerErrorStatus = 500;
constexpr std::size_t kNonceBytes = 16;

// The key under which net files a ticket.
std::string ticket_key(const net::Url& url, const std::string& pin) { return url.authority() + "|" + pin; }

Bytes nonce(crypto::Random& random) {
  const auto bytes = random.array<kNonceBytes>();
  return {bytes.begin(), bytes.end()};
}

// The relay answers for sign-in and its own rows only. What an agent decides, or what a seal proves, it cannot say here.
bool may_say(Errc code) {
  switch (code) {
    case Errc::audit_unavailable:
    case Errc::usage:
    case Errc::invalid:
    case Errc::sign_in:
    case Errc::second_factor:
    case Errc::expired:
    case Errc::locked:
    case Errc::forbidden:
    case Errc::not_found:
    case Errc::conflict:
    case Errc::unsupported:
    case Errc::clock_skew:
    case Errc::no_space:
    case Errc::io:
    case Errc::limit: return true;
    default: return false;
  }
}

} // namespace

net::HttpRequest sign_request(net::HttpRequest request, const session::Identity& keys, const std::string& relay_fingerprint,
                              WallTime now, crypto::Random& random) {
  const auto digest = crypto::sha256(as_bytes(request.body));
  const sealed::CallClaims claims{request.method,    request.target,       Bytes(digest.begin(), digest.end()),
                                  relay_fingerprint, to_unix_seconds(now), nonce(random)};
  request.headers.emplace_back(wire::api::kCallHeader, sealed::sign_document(claims, keys.sign));
  if (!keys.certificate.empty()) request.headers.emplace_back(wire::api::kCertificateHeader, keys.certificate);
  if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  return request;
}

Result<describe::Node> read_answer(const net::HttpResponse& response, describe::ErrorContext& about) {
  const auto node = response.body.empty() ? Result<describe::Node>(describe::Node()) : describe::parse_json(response.body);
  const auto status = "status " + std::to_string(response.status);
  if (response.status < kFirstErrorStatus) {
    if (!node) return within("the relay's answer (" + status + ")", node.error());
    return node;
  }
  const auto report = node ? describe::read_error_document(*node) : Result<describe::ErrorReport>(node.error());
  if (!report) {
    const bool server = response.status >= kFirstServerErrorStatus;
    return fail(server ? Errc::relay_unreachable : Errc::internal,
                "the relay answered with " + status + " and no error document");
  }
  about.hint = report->hint;
  about.request_id = report->request_id;
  return fail(may_say(report->code) ? report->code : Errc::internal, report->message);
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
                       c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (plain) out += c;
    else out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return out;
}

std::string query(std::initializer_list<std::pair<std::string_view, std::optional<std::string>>> members) {
  std::string out;
  for (const auto& [name, value] : members) {
    if (value) out += (out.empty() ? "?" : "&") + std::string(name) + "=" + percent_encoded(*value);
  }
  return out;
}

Result<net::ConnectOptions> connect_options(const Context& context, const std::string& pinned_relay, net::TicketStore* tickets) {
  if (!context.settings.server.value) return fail(Errc::usage, "no server: give --server or RSCTL_SERVER, or sign in first");
  net::ConnectOptions options;
  RS_TRY(options.url, net::parse_url(*context.settings.server.value));
  options.proxy = net::proxy_for(options.url.host, context.environment);
  options.pinned_relay = pinned_relay;
  options.tickets = tickets;
  options.max_message = wire::kMaxMessage;
  return options;
}

Result<std::string> fetch_relay_statement(Connection& connection, describe::ErrorContext& about) {
  RS_TRY(const auto response,
         connection.exchange({.method = "GET", .target = "/v1/relay", .headers = {}, .body = {}, .peer_address = {}}));
  RS_TRY(const auto node, read_answer(response, about));
  RS_TRY(auto info, describe::from_node<wire::api::RelayInfo>(node, describe::Unknown::ignore));
  return std::move(info.statement);
}

Api::Api(Context& context) : context_(context), loop_(context.timeout), tickets_(context.profile.tickets()) {}

Result<void> Api::connect(bool with_statement) {
  auto& state = context_.state;
  if (!state.relay || !state.org || !state.certificate)
    return fail(Errc::sign_in, "profile '" + context_.profile.name() + "' is not signed in");
  if (!identity_) {
    RS_TRY(auto identity, context_.profile.load_identity(*state.certificate));
    identity_.emplace(std::move(identity));
  }
  RS_TRY(auto options, connect_options(context_, state.relay->fingerprint, tickets_.get()));
  RS_TRY(auto opened, Connection::open(loop_, options));
  connection_.emplace(std::move(opened));
  if (!with_statement) return {};
  auto checked = check_statement();
  // A session that was resumed may be the last trace of a TLS key that was replaced.
  if (!checked && checked.error().code == Errc::server_identity && connection_->identity().resumed) {
    forget_ticket();
    RS_TRY(auto again, Connection::open(loop_, options));
    connection_.emplace(std::move(again));
    checked = check_statement();
  }
  return checked;
}

Result<void> Api::check_statement() {
  const auto& spki = connection_->identity().spki_sha256;
  if (names_tls_key(context_.state, spki, context_.clock.wall())) return {};
  RS_TRY(const auto statement, fetch_relay_statement(*connection_, context_.about));
  RS_TRY(context_.state, context_.profile.update([&](State& state) -> Result<void> {
    if (!state.relay) return fail(Errc::sign_in, "signed out meanwhile");
    return adopt_relay_statement(state, statement, spki, context_.clock.wall());
  }));
  return {};
}

void Api::forget_ticket() {
  connection_.reset();
  if (const auto url = net::parse_url(context_.settings.server.value.value_or("")); url && context_.state.relay)
    tickets_->save(ticket_key(*url, context_.state.relay->fingerprint), {});
}

Result<void> Api::ensure_certificate() {
  RS_TRY(const auto claims, sealed::peek_document<sealed::TechnicianClaims>(identity_->certificate));
  if (!wants_renewal(claims, context_.clock.wall())) return {};
  // Another rsctl may have renewed it since we read the file.
  RS_TRY(const auto newest, context_.profile.load_state());
  if (newest.certificate && *newest.certificate != identity_->certificate) {
    context_.state = newest;
    identity_->certificate = *newest.certificate;
    return {};
  }
  const auto renewed = renew(claims);
  if (renewed || has_expired(claims, context_.clock.wall())) return renewed;
  context_.about = {};
  return {}; // the old one still serves
}

Result<void> Api::renew(const sealed::TechnicianClaims& claims) {
  RS_CHECK(check_statement());
  const sealed::RenewClaims asked{claims.org, claims.sub, context_.state.relay->fingerprint,
                                  to_unix_seconds(context_.clock.wall()), nonce(context_.random)};
  const wire::api::RenewRequest body{sealed::sign_document(asked, identity_->sign)};
  RS_TRY(const auto response, connection_->exchange({.method = "POST",
                                                     .target = "/v1/renew",
                                                     .headers = {{"Content-Type", "application/json"}},
                                                     .body = describe::to_json(body),
                                                     .peer_address = {}}));
  RS_TRY(const auto node, read_answer(response, context_.about));
  RS_TRY(const auto reply, describe::from_node<wire::api::LoginReply>(node, describe::Unknown::ignore));
  RS_TRY(context_.state, context_.profile.update([&](State& state) -> Result<void> {
    RS_CHECK(adopt_login(state, reply, *identity_, {}, context_.clock.wall()));
    return {};
  }));
  identity_->certificate = reply.certificate;
  return {};
}

Result<describe::Node> Api::call(std::string method, std::string target, std::string body) {
  if (!connection_) RS_CHECK(connect(true));
  RS_CHECK(ensure_certificate());
  net::HttpRequest request{
      .method = std::move(method), .target = std::move(target), .headers = {}, .body = std::move(body), .peer_address = {}};
  request =
      sign_request(std::move(request), *identity_, context_.state.relay->fingerprint, context_.clock.wall(), context_.random);
  RS_TRY(const auto response, connection_->exchange(std::move(request)));
  return read_answer(response, context_.about);
}

Result<Api::LinkStart> Api::open_link() {
  RS_CHECK(connect(false));
  RS_CHECK(ensure_certificate());
  LinkStart start{nullptr, connection_->identity()};
  RS_TRY(start.transport, connection_->upgrade());
  connection_.reset();
  return start;
}

} // namespace rs::cli
