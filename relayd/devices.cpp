#include "relayd/devices.hpp"

#include <mutex>

namespace rs::relay {

Result<std::unique_ptr<Devices>> Devices::load(store::Store& store, const Tenants& tenants) {
  auto devices = std::make_unique<Devices>();
  for (const auto& [org, tenant] : tenants.all()) {
    RS_TRY(const auto users, store.list_users(org));
    for (const auto& user : users) {
      RS_TRY(const auto rows, store.list_devices(org, user.id));
      for (const auto& row : rows) devices->add(org, row.sign_key);
    }
  }
  return devices;
}

void Devices::add(const std::string& org, const crypto::PublicKey& sign_key) {
  const std::unique_lock lock(mutex_);
  keys_.emplace(org, sign_key);
}

void Devices::remove(const std::string& org, const crypto::PublicKey& sign_key) {
  const std::unique_lock lock(mutex_);
  keys_.erase({org, sign_key});
}

bool Devices::has(const std::string& org, const crypto::PublicKey& sign_key) const {
  const std::shared_lock lock(mutex_);
  return keys_.contains({org, sign_key});
}

} // namespace rs::relay
