#include "base/handle.hpp"
#include "net/server.hpp"
#include "net/tls_context.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

namespace rs::net {
namespace {

using BioHandle = Handle<BIO, BIO_free_all>;
using KeyHandle = Handle<EVP_PKEY, EVP_PKEY_free>;
using X509Handle = Handle<X509, X509_free>;

constexpr std::int64_t kLifeSeconds = 10LL * 365 * 86400;
constexpr std::int64_t kBackdateSeconds = 86400; // for peers whose clock is behind

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(bytes)};
}

// "DNS:name" or "IP:address", as OpenSSL's extension syntax wants it; what could break out of that syntax is refused.
Result<std::string> alternative_name(const std::string& host) {
  in6_addr out;
  if (inet_pton(AF_INET, host.c_str(), &out) == 1 || inet_pton(AF_INET6, host.c_str(), &out) == 1) return "IP:" + host;
  const bool plain =
      !host.empty() &&
      host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*") == std::string::npos;
  if (!plain) return fail(Errc::invalid, "'" + host + "' is no host name or address");
  return "DNS:" + host;
}

bool add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  Handle<X509_EXTENSION, X509_EXTENSION_free> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool fill_names_and_dates(X509* certificate, const std::string& host, WallTime now) {
  std::array<unsigned char, 16> serial;
  if (RAND_bytes(serial.data(), serial.size()) != 1) return false;
  serial[0] &= 0x7f;
  Handle<BIGNUM, BN_free> number(BN_bin2bn(serial.data(), serial.size(), nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_TIME_set(X509_getm_notBefore(certificate), to_unix_seconds(now) - kBackdateSeconds);
  ASN1_TIME_set(X509_getm_notAfter(certificate), to_unix_seconds(now) + kLifeSeconds);
  X509_NAME* name = X509_get_subject_name(certificate);
  const std::string common = host.substr(0, 64);
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common.data()),
                                    static_cast<int>(common.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

} // namespace

Result<std::array<std::uint8_t, 32>> spki_sha256_of_pem(const std::string& certificate) {
  BioHandle bio(BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size())));
  X509Handle parsed(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!parsed) return fail(Errc::invalid, "certificate: " + tls_error_text());
  unsigned char* der = nullptr;
  const int bytes = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(parsed.get()), &der);
  if (bytes <= 0) return fail(Errc::invalid, "certificate: " + tls_error_text());
  std::array<std::uint8_t, 32> out{};
  EVP_Digest(der, static_cast<std::size_t>(bytes), out.data(), nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  return out;
}

Result<SelfSigned> make_self_signed(const std::vector<std::string>& hosts, WallTime now) {
  if (hosts.empty()) return fail(Errc::invalid, "a certificate needs at least one host");
  std::string names;
  for (const auto& host : hosts) {
    RS_TRY(const std::string name, alternative_name(host));
    names += (names.empty() ? "" : ",") + name;
  }
  KeyHandle key(EVP_EC_gen("P-256"));
  X509Handle certificate(X509_new());
  const bool made = key && certificate && fill_names_and_dates(certificate.get(), hosts.front(), now) &&
                    X509_set_pubkey(certificate.get(), key.get()) == 1 &&
                    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                    add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature") &&
                    add_extension(certificate.get(), NID_ext_key_usage, "serverAuth") &&
                    add_extension(certificate.get(), NID_subject_alt_name, names) &&
                    X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0;
  if (!made) return fail(Errc::internal, "making a certificate: " + tls_error_text());
  BioHandle certificate_text(BIO_new(BIO_s_mem()));
  BioHandle key_text(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate_text.get(), certificate.get());
  PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return SelfSigned{text_of(certificate_text.get()), text_of(key_text.get())};
}

} // namespace rs::net
