#pragma once

#include "crypto/keys.hpp"
#include "relayd/tenants.hpp"

#include <memory>
#include <set>
#include <shared_mutex>
#include <string>
#include <utility>

namespace rs::relay {

// The registered devices of all tenants, by their signing keys: read from the store at start, then changed together with
// it by login and logout. A certificate outlives a logout by hours, so each request and each link asks here. Thread-safe.
class Devices {
 public:
  static Result<std::unique_ptr<Devices>> load(store::Store& store, const Tenants& tenants);

  void add(const std::string& org, const crypto::PublicKey& sign_key);
  void remove(const std::string& org, const crypto::PublicKey& sign_key);
  bool has(const std::string& org, const crypto::PublicKey& sign_key) const;

 private:
  mutable std::shared_mutex mutex_;
  std::set<std::pair<std::string, crypto::PublicKey>> keys_; // (org, key)
};

} // namespace rs::relay
