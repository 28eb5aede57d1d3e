#pragma once

#include "crypto/keys.hpp"
#include "relayd/store/store.hpp"
#include "sealed/documents.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace rs::relay {

// The relay's long-lived identity, apart from TLS, and its newest statement. Thread-safe.
class RelayKeys {
 public:
  // Reads the identity from the store and decrypts it.
  static Result<std::unique_ptr<RelayKeys>> load(store::Store& store, const crypto::Secret32& column_key);
  // Makes one and stores it; for init.
  static Result<std::string> create(store::Store& store, const crypto::Secret32& column_key,
                                    crypto::Random& random); // → fingerprint

  const std::string& fingerprint() const { return fingerprint_; }
  // A statement with the next number, for these TLS keys; the number is on the disk before this returns.
  Result<void> publish(store::Store& store, const std::vector<std::string>& addresses, std::vector<Bytes> tls_spki, WallTime now);
  std::string statement() const;
  bool needs_renewal(WallTime now) const; // half of its life has passed

 private:
  RelayKeys(crypto::Ed25519Key key, store::RelayIdentity identity);

  crypto::Ed25519Key key_;
  std::string fingerprint_;
  store::RelayIdentity identity_;
  mutable std::mutex mutex_; // guards what follows
  std::string statement_;
  WallTime issued_{};
};

} // namespace rs::relay
