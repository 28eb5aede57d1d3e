#include "relayd/data_dir.hpp"

#include "daemon/files.hpp"
#include "describe/codec_impl.hpp"

RS_CODEC(rs::relay::RelayConfig)

namespace rs::relay {
namespace {

constexpr std::size_t kMaxConfig = 64 << 10;
constexpr std::size_t kMaxPem = 256 << 10;

} // namespace

Result<RelayConfig> read_config(const DataDir& dir, const std::string& file) {
  const auto path = file.empty() ? dir.config() : file;
  const auto text = daemon::read_file(path, kMaxConfig);
  if (!text)
    return file.empty() && text.error().code == Errc::not_found
               ? fail(Errc::not_found, dir.path + ": not initialised; run relayd init")
               : text.error();
  auto config = describe::from_json<RelayConfig>(as_text(*text), describe::Unknown::refuse);
  if (!config) return within(path, config.error());
  return config;
}

Result<void> write_config(const DataDir& dir, const RelayConfig& config) {
  return daemon::write_file_atomically(dir.config(), as_bytes(describe::write_json_indented(describe::to_node(config)) + "\n"),
                                       0600);
}

Result<crypto::Secret32> read_column_key(const DataDir& dir) {
  RS_TRY(const auto text, daemon::read_file(dir.key(), 128));
  auto line = as_text(text);
  while (line.ends_with('\n')) line.remove_suffix(1);
  const auto bytes = from_hex(line);
  if (!bytes || bytes->size() != 32) return fail(Errc::invalid, dir.key() + ": not 64 hexadecimal digits");
  crypto::Secret32 key;
  std::copy(bytes->begin(), bytes->end(), key.mutable_view().begin());
  return key;
}

Result<void> write_column_key(const DataDir& dir, const crypto::Secret32& key) {
  return daemon::write_file_atomically(dir.key(), as_bytes(hex(key.view()) + "\n"), 0600);
}

Result<TlsFiles> read_tls(const RelayConfig& config) {
  RS_TRY(const auto certificate, daemon::read_file(config.tls_certificate, kMaxPem));
  RS_TRY(const auto key, daemon::read_file(config.tls_key, kMaxPem));
  return TlsFiles{to_text(certificate), to_text(key)};
}

} // namespace rs::relay
