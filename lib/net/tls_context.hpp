#pragma once

#include "base/bytes.hpp"
#include "net/client.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st;
struct ssl_st;

namespace rs::net {

// An OpenSSL context, shared by the connections that were made with it. TLS 1.3, or 1.2 with ECDHE and an AEAD;
// AES-256-GCM first; X25519 first; no early data, compression or renegotiation.
using TlsContext = std::shared_ptr<ssl_ctx_st>;

// `invalid`: the certificate or key. With `previous`, session tickets of that context stay valid; a ticket made under
// another key pair leads to a full handshake, so that a client never resumes towards a key that was replaced.
Result<TlsContext> make_server_context(const std::string& certificate, const std::string& private_key,
                                       const TlsContext& previous);

// Checks the server's chain only with `check_chain` (loading the system's store costs milliseconds).
// `invalid`: ca_file.
Result<TlsContext> make_client_context(bool check_chain, const std::string& ca_file);

// Takes the tickets of one connection's sessions; outlives the connection.
struct TicketSink {
  TicketStore* store = nullptr;
  std::string key;
};

void prepare_server(ssl_st* ssl);
// Prepares a client's connection: server name, host to check, a session to resume, where tickets go.
void prepare_client(ssl_st* ssl, const std::string& host, bool check_chain, TicketSink* tickets);
ServerIdentity read_identity(ssl_st* ssl, bool chain_checked);

std::string tls_error_text(); // of this thread's OpenSSL error queue; empties it

} // namespace rs::net
