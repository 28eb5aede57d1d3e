#include "net/tls_context.hpp"

#include "base/handle.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

namespace rs::net {
namespace {

using BioHandle = Handle<BIO, BIO_free_all>;
using X509Handle = Handle<X509, X509_free>;
using KeyHandle = Handle<EVP_PKEY, EVP_PKEY_free>;

constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20:@STRENGTH";
constexpr const char* kCiphers13 = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
constexpr const char* kGroups = "X25519:P-256";
constexpr std::size_t kTicketKeys = 80; // name, HMAC key and AES key of OpenSSL's own tickets

BioHandle reader_of(const std::string& text) { return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }
int refuse_passphrase(char*, int, int, void*) { return 0; }

TlsContext new_context(const SSL_METHOD* method) {
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  TlsContext context(SSL_CTX_new(method), SSL_CTX_free);
  SSL_CTX* ctx = context.get();
  RS_ASSERT(ctx != nullptr);
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  RS_ASSERT(SSL_CTX_set_cipher_list(ctx, kCiphers12) == 1 && SSL_CTX_set_ciphersuites(ctx, kCiphers13) == 1);
  RS_ASSERT(SSL_CTX_set1_groups_list(ctx, kGroups) == 1);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

Result<void> use_certificate(SSL_CTX* ctx, const std::string& certificate, const std::string& private_key) {
  auto bio = reader_of(certificate);
  X509Handle leaf(PEM_read_bio_X509(bio.get(), nullptr, refuse_passphrase, nullptr));
  if (!leaf || SSL_CTX_use_certificate(ctx, leaf.get()) != 1) return fail(Errc::invalid, "certificate: " + tls_error_text());
  while (X509* link = PEM_read_bio_X509(bio.get(), nullptr, refuse_passphrase, nullptr)) SSL_CTX_add0_chain_cert(ctx, link);
  ERR_clear_error(); // the end of the text is an error to OpenSSL
  auto key_bio = reader_of(private_key);
  KeyHandle key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, refuse_passphrase, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(ctx, key.get()) != 1 || SSL_CTX_check_private_key(ctx) != 1)
    return fail(Errc::invalid, "private key: " + tls_error_text());
  return {};
}

std::array<std::uint8_t, 32> spki_sha256(X509* certificate) {
  std::array<std::uint8_t, 32> out{};
  unsigned char* der = nullptr;
  const int bytes = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (bytes > 0) EVP_Digest(der, static_cast<std::size_t>(bytes), out.data(), nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  return out;
}

// Called by OpenSSL when a ticket came; 0: we keep no reference to the session.
int on_new_session(SSL* ssl, SSL_SESSION* session) {
  const auto* sink = static_cast<TicketSink*>(SSL_get_app_data(ssl));
  if (sink == nullptr || sink->store == nullptr) return 0;
  const int bytes = i2d_SSL_SESSION(session, nullptr);
  if (bytes <= 0) return 0;
  Bytes encoded(static_cast<std::size_t>(bytes));
  unsigned char* at = encoded.data();
  i2d_SSL_SESSION(session, &at);
  sink->store->save(sink->key, encoded);
  OPENSSL_cleanse(encoded.data(), encoded.size());
  return 0;
}

bool is_literal_address(const std::string& host) {
  in6_addr out;
  return inet_pton(AF_INET, host.c_str(), &out) == 1 || inet_pton(AF_INET6, host.c_str(), &out) == 1;
}

void resume(SSL* ssl, TicketSink& tickets) {
  SSL_set_app_data(ssl, &tickets);
  const auto saved = tickets.store->load(tickets.key);
  if (!saved) return;
  const unsigned char* at = saved->data();
  Handle<SSL_SESSION, SSL_SESSION_free> session(d2i_SSL_SESSION(nullptr, &at, static_cast<long>(saved->size())));
  if (session && SSL_SESSION_get0_peer(session.get()) != nullptr) SSL_set_session(ssl, session.get());
  ERR_clear_error();
}

} // namespace

Result<TlsContext> make_server_context(const std::string& certificate, const std::string& private_key,
                                       const TlsContext& previous) {
  TlsContext context = new_context(TLS_server_method());
  SSL_CTX* ctx = context.get();
  RS_CHECK(use_certificate(ctx, certificate, private_key));
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(ctx, 1);
  const auto id = spki_sha256(SSL_CTX_get0_certificate(ctx));
  SSL_CTX_set_session_id_context(ctx, id.data(), id.size());
  std::array<unsigned char, kTicketKeys> keys;
  if (previous && SSL_CTX_get_tlsext_ticket_keys(previous.get(), keys.data(), keys.size()) == 1)
    SSL_CTX_set_tlsext_ticket_keys(ctx, keys.data(), keys.size());
  OPENSSL_cleanse(keys.data(), keys.size());
  return context;
}

Result<TlsContext> make_client_context(bool check_chain, const std::string& ca_file) {
  TlsContext context = new_context(TLS_client_method());
  SSL_CTX* ctx = context.get();
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(ctx, on_new_session);
  // The chain's result is read afterwards: whoever pinned the relay does not need it.
  SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, nullptr);
  if (!check_chain) {
    SSL_CTX_set_cert_verify_callback(ctx, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
    return context;
  }
  const int loaded =
      ca_file.empty() ? SSL_CTX_set_default_verify_paths(ctx) : SSL_CTX_load_verify_locations(ctx, ca_file.c_str(), nullptr);
  if (loaded != 1) return fail(Errc::invalid, "certificate authorities: " + ca_file + ": " + tls_error_text());
  return context;
}

void prepare_server(ssl_st* ssl) { SSL_set_accept_state(ssl); }

void prepare_client(ssl_st* ssl, const std::string& host, bool check_chain, TicketSink* tickets) {
  SSL_set_connect_state(ssl);
  const bool literal = is_literal_address(host);
  if (!literal) SSL_set_tlsext_host_name(ssl, host.c_str());
  if (check_chain && literal) X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  if (check_chain && !literal) SSL_set1_host(ssl, host.c_str());
  if (tickets != nullptr && tickets->store != nullptr) resume(ssl, *tickets);
}

ServerIdentity read_identity(ssl_st* ssl, bool chain_checked) {
  ServerIdentity out;
  out.resumed = SSL_session_reused(ssl) == 1;
  out.protocol = SSL_get_version(ssl);
  out.cipher = SSL_get_cipher_name(ssl);
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) {
    out.chain_error = "the server sent no certificate";
    return out;
  }
  out.spki_sha256 = spki_sha256(certificate);
  BioHandle text(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(text.get(), X509_get_issuer_name(certificate), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(text.get(), &data);
  out.issuer.assign(data, static_cast<std::size_t>(bytes));
  const long verified = SSL_get_verify_result(ssl);
  out.chain_ok = chain_checked && verified == X509_V_OK;
  if (!out.chain_ok) out.chain_error = chain_checked ? X509_verify_cert_error_string(verified) : "not checked";
  return out;
}

std::string tls_error_text() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string text = reason != nullptr ? reason : code == 0 ? "unknown error" : "TLS error " + std::to_string(code);
  ERR_clear_error();
  return text;
}

} // namespace rs::net
