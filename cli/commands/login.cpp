#include "cli/api.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/documents.hpp"
#include "cli/commands/print.hpp"
#include "cli/trust.hpp"
#include "crypto/hash.hpp"
#include "wire/api.hpp"

namespace rs::cli::commands {
namespace {

constexpr std::size_t kMaxPassword = 4 << 10;

constexpr OptionRow kLoginOptions[] = {
    {"--email", "E", "the account", "", false, {}},
    {"--password-stdin", "", "read the password from stdin, to its first line's end", "", false, {}},
    {"--tenant", "NAME", "the organisation, where the relay has several", "", false, {}},
    {"--fingerprint", "F", "identity of the relay, as 'relayd init' printed it", "", false, {}},
    {"--org-fingerprint", "F", "identity of the organisation, as 'relayd init' printed it", "", false, {}},
};

struct Credentials {
  std::string email;
  std::string password;
};

Result<std::string> email_of(Context& context) {
  if (auto given = context.arguments.value("--email")) return std::move(*given);
  if (!context.may_prompt()) return fail(Errc::usage, "give --email");
  return context.terminal.ask("E-mail: ");
}

Result<void> check_password_source(const Context& context) {
  if (context.arguments.has("--password-stdin") || context.may_prompt()) return {};
  return fail(Errc::usage, "give --password-stdin and the password on stdin");
}

Result<std::string> password_of(Context& context) {
  if (!context.arguments.has("--password-stdin")) return context.terminal.ask_secret("Password: ");
  RS_TRY(auto text, context.terminal.read_input(kMaxPassword, "the password"));
  return text.substr(0, text.find_first_of("\r\n"));
}

// Without a pin the public chain decides; where it does not hold, a person at a terminal may, once.
Result<void> trust_for_the_first_time(Context& context, const net::ServerIdentity& server, const std::string& fingerprint) {
  if (server.chain_ok) return {};
  const auto why = "the server's certificate is not publicly trusted (" + server.chain_error + ")";
  context.about.hint = "give --fingerprint F, as 'relayd init' printed it; the server says that it is " + fingerprint;
  if (!context.may_prompt()) return fail(Errc::server_identity, why);
  RS_TRY(const auto answer, context.terminal.ask("rsctl: " + why + ".\nIt says that it is the relay " + fingerprint +
                                                 "\nIs that what 'relayd init' printed? [yes/no] "));
  if (answer != "yes" && answer != "y") return fail(Errc::server_identity, why);
  context.about.hint.reset();
  return {};
}

// The relay is known before the password leaves: `state` then holds its pin and its newest statement.
Result<void> identify_relay(Context& context, State& state, Connection& connection, const std::string& pin,
                            const GivenPins& given) {
  RS_TRY(const auto statement, fetch_relay_statement(connection, context.about));
  if (!state.relay) {
    std::string fingerprint = pin;
    if (fingerprint.empty()) {
      RS_TRY(const auto unverified, sealed::peek_document<sealed::RelayStatement>(statement));
      fingerprint = crypto::fingerprint(unverified.key);
      RS_CHECK(trust_for_the_first_time(context, connection.identity(), fingerprint));
    }
    state.relay = RelayState{};
    state.relay->fingerprint = fingerprint;
  }
  if (given.relay) state.relay->pinned = PinnedBy::verified;
  return adopt_relay_statement(state, statement, connection.identity().spki_sha256, context.clock.wall());
}

Result<wire::api::LoginReply> ask_for_certificate(Context& context, Connection& connection, const session::Identity& keys,
                                                  const State& state, Credentials credentials) {
  const wire::api::LoginRequest body{context.arguments.value("--tenant"), std::move(credentials.email),
                                     std::move(credentials.password), keys.sign.public_key(), keys.noise.public_key()};
  net::HttpRequest request{
      .method = "POST", .target = "/v1/login", .headers = {}, .body = describe::to_json(body), .peer_address = {}};
  request = sign_request(std::move(request), keys, state.relay->fingerprint, context.clock.wall(), context.random);
  RS_TRY(const auto response, connection.exchange(std::move(request)));
  RS_TRY(const auto node, read_answer(response, context.about));
  return describe::from_node<wire::api::LoginReply>(node, describe::Unknown::ignore);
}

Result<Who> who_of(const State& state) {
  RS_TRY(const auto claims, sealed::peek_document<sealed::TechnicianClaims>(*state.certificate));
  return Who{claims.sub,
             claims.email,
             claims.name,
             claims.role,
             state.org->tenant,
             state.server.value_or(""),
             from_unix_seconds(claims.exp)};
}

Result<State> signed_in(Context& context) {
  if (!context.state.certificate || !context.state.org)
    return fail(Errc::sign_in, "profile '" + context.profile.name() + "' is not signed in");
  return context.state;
}

// A resumed session may still carry a TLS key that was replaced.
Result<Connection> connect_and_identify(Context& context, Loop& loop, State& state, net::TicketStore& tickets,
                                        const GivenPins& given) {
  RS_TRY(const auto pin, relay_pin_for_login(state, given));
  RS_TRY(auto options, connect_options(context, pin, &tickets));
  RS_TRY(auto connection, Connection::open(loop, options));
  const bool resumed = connection.identity().resumed;
  auto identified = identify_relay(context, state, connection, pin, given);
  if (!identified && identified.error().code == Errc::server_identity && resumed) {
    options.tickets = nullptr;
    RS_TRY(connection, Connection::open(loop, options));
    identified = identify_relay(context, state, connection, pin, given);
  }
  if (!identified) return identified.error();
  return connection;
}

} // namespace

std::span<const OptionRow> login_options() { return kLoginOptions; }

Result<int> login(Context& context) {
  const auto& settings = context.settings;
  GivenPins given;
  if (settings.fingerprint.origin != Origin::profile) given.relay = settings.fingerprint.value;
  if (settings.org_fingerprint.origin != Origin::profile) given.org = settings.org_fingerprint.value;
  State state = context.state;
  RS_CHECK(relay_pin_for_login(state, given));
  if (given.org) RS_CHECK(check_fingerprint(*given.org, "--org-fingerprint"));
  RS_TRY(auto email, email_of(context));
  RS_CHECK(check_password_source(context));

  const auto tickets = context.profile.tickets();
  Loop loop(context.timeout);
  RS_TRY(auto connection, connect_and_identify(context, loop, state, *tickets, given));
  RS_TRY(auto password, password_of(context));
  RS_TRY(const auto keys, context.profile.ensure_identity(context.random));
  RS_TRY(const auto reply, ask_for_certificate(context, connection, keys, state, {std::move(email), std::move(password)}));
  RS_TRY(const auto saved, context.profile.update([&](State& current) -> Result<void> {
    if (current.relay && current.relay->fingerprint != state.relay->fingerprint && current.relay != context.state.relay)
      return fail(Errc::server_identity, "another rsctl has pinned the relay " + current.relay->fingerprint + " meanwhile");
    current.server = settings.server.value;
    if (!current.relay || current.relay->number <= state.relay->number) current.relay = state.relay;
    RS_CHECK(adopt_login(current, reply, keys, given, context.clock.wall()));
    return {};
  }));
  RS_TRY(const auto who, who_of(saved));
  return print_item(context, "rsctl.login.v1", who);
}

Result<int> logout(Context& context) {
  RS_CHECK(signed_in(context));
  if (context.is_dry_run()) {
    context.output.note("would sign out profile '" + context.profile.name() + "'");
    return 0;
  }
  Api api(context);
  const auto told = api.call("POST", "/v1/logout");
  // A device that the relay no longer knows is signed out already.
  if (!told && told.error().code != Errc::sign_in && told.error().code != Errc::expired) return told.error();
  context.about = {};
  RS_CHECK(context.profile.update([](State& state) -> Result<void> {
    state.certificate.reset();
    return {};
  }));
  return 0;
}

Result<int> whoami(Context& context) {
  RS_TRY(const auto state, signed_in(context));
  RS_TRY(const auto who, who_of(state));
  return print_item(context, "rsctl.whoami.v1", who);
}

Result<int> auth_status(Context& context) {
  const State& state = context.state;
  if (!state.relay || !state.org) return fail(Errc::sign_in, "profile '" + context.profile.name() + "' has never signed in");
  AuthStatus status{.profile = context.profile.name(),
                    .server = context.settings.server.value,
                    .tenant = state.org->tenant,
                    .email = {},
                    .signed_in = state.certificate.has_value(),
                    .expires = {},
                    .relay_fingerprint = state.relay->fingerprint,
                    .relay_pinned = state.relay->pinned,
                    .org_fingerprint = state.org->fingerprint,
                    .org_pinned = state.org->pinned};
  if (state.certificate) {
    RS_TRY(const auto who, who_of(state));
    status.email = who.email;
    status.expires = who.expires;
  }
  return print_item(context, "rsctl.auth-status.v1", status);
}

} // namespace rs::cli::commands
