#pragma once

#include "crypto/keys.hpp"
#include "describe/codec.hpp"
#include "describe/describe.hpp"

#include <string>
#include <vector>

namespace rs::relay {

// DIR/relayd.json: what `init` was told about this relay's TLS front.
struct RelayConfig {
  std::string tls_certificate;        // path of a PEM file, chain in order
  std::string tls_key;                // path of a PEM file
  std::vector<std::string> addresses; // hosts for the relay statement; they only inform
};
RS_DESCRIBE(RelayConfig, tls_certificate, tls_key, addresses)

// Where things stand below --data.
struct DataDir {
  std::string path;

  std::string config() const { return path + "/relayd.json"; }
  std::string key() const { return path + "/relay.key"; } // 32 bytes, hex: encrypts columns; leave it out of backups
  std::string store() const { return path + "/relay.sqlite"; }
  std::string lock() const { return path + "/lock"; }
  std::string own_certificate() const { return path + "/tls.crt"; }
  std::string own_certificate_key() const { return path + "/tls.key"; }
};

// From `file`, or where it is empty from the directory. `not-found`: the directory was not initialised, or there is no such
// file.
Result<RelayConfig> read_config(const DataDir& dir, const std::string& file = {});
Result<void> write_config(const DataDir& dir, const RelayConfig& config);
Result<crypto::Secret32> read_column_key(const DataDir& dir);
Result<void> write_column_key(const DataDir& dir, const crypto::Secret32& key);

struct TlsFiles {
  std::string certificate; // PEM text
  std::string private_key;
};
Result<TlsFiles> read_tls(const RelayConfig& config);

} // namespace rs::relay
