#pragma once

#include "cli/connection.hpp"
#include "cli/context.hpp"
#include "describe/codec.hpp"

namespace rs::cli {

// The headers and body of a request as the device key signs it.
net::HttpRequest sign_request(net::HttpRequest request, const session::Identity& keys, const std::string& relay_fingerprint,
                              WallTime now, crypto::Random& random);

// The answer's document; for a status of 400 and above the error that the server describes, with its hint and request
// id in `about`.
Result<describe::Node> read_answer(const net::HttpResponse& response, describe::ErrorContext& about);

// A part of a request's target, escaped (RFC 3986 §2.1).
std::string percent_encoded(std::string_view text);
// "?a=b&c=d" of those that have a value.
std::string query(std::initializer_list<std::pair<std::string_view, std::optional<std::string>>> members);

// The relay as the signed-in profile sees it: one connection, made at the first use, whose TLS key stands in a verified
// relay statement; a certificate that is in date; signed requests.
class Api {
 public:
  explicit Api(Context& context);

  // `sign-in`: the profile has no certificate, or it cannot be renewed.
  Result<describe::Node> call(std::string method, std::string target, std::string body = {});
  template <class T>
  Result<T> get(std::string target) {
    RS_TRY(const auto node, call("GET", std::move(target)));
    return describe::from_node<T>(node, describe::Unknown::ignore);
  }

  // For a link: connected and with a certificate in date, but the statement is left to the link's own challenge.
  struct LinkStart {
    std::unique_ptr<net::Transport> transport;
    net::ServerIdentity server;
  };
  Result<LinkStart> open_link();
  // After a link that met another TLS key on a resumed session: the next connection resumes nothing.
  void forget_ticket();

  Loop& loop() { return loop_; }
  const session::Identity& identity() const { return *identity_; }

 private:
  Result<void> connect(bool check_statement);
  Result<void> check_statement();
  Result<void> ensure_certificate();
  Result<void> renew(const sealed::TechnicianClaims& claims);

  Context& context_;
  Loop loop_;
  std::unique_ptr<net::TicketStore> tickets_; // outlives the connection and its link
  std::optional<Connection> connection_;
  std::optional<session::Identity> identity_;
};

// What every connection of this profile starts from; `usage` without a server.
Result<net::ConnectOptions> connect_options(const Context& context, const std::string& pinned_relay, net::TicketStore* tickets);
Result<std::string> fetch_relay_statement(Connection& connection, describe::ErrorContext& about);

} // namespace rs::cli
