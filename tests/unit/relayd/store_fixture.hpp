#pragma once

#include "relayd/store/sqlite_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace rs::test {

inline WallTime at(std::int64_t seconds) { return from_unix_seconds(1'790'000'000 + seconds); }

inline crypto::PublicKey key(std::uint8_t seed) {
  crypto::PublicKey out;
  out.fill(seed);
  return out;
}

inline AgentId agent_id(std::uint8_t seed) { return AgentId::from_random(Bytes(kIdRandomBytes, seed)); }

inline store::Tenant tenant(const std::string& id) {
  return {id, "name-" + id, store::TenantMode::managed, "fp-" + id, "statement-" + id, 1, Bytes{1, 2, 3}};
}

inline store::User user(const std::string& id, const std::string& email) {
  return {id, email, "Ada", Role::technician, "$argon2id$x", 0, at(0)};
}

inline store::Device device(const std::string& id, const std::string& user, std::uint8_t seed) {
  return {id, user, key(seed), key(seed + 1), at(0), std::nullopt};
}

inline store::Agent agent(std::uint8_t seed, const std::string& name) {
  store::Agent out;
  out.id = agent_id(seed);
  out.name = name;
  out.tags = {{"role", "web"}, {"site", "Zürich \"2\""}};
  out.sign_key = key(seed);
  out.noise_key = key(seed + 100);
  out.os = "linux";
  out.version = "0.1.0";
  out.certificate = "jws";
  out.enrolled_at = at(0);
  return out;
}

inline store::EnrolmentToken token(std::uint8_t seed) {
  return {key(seed), "lab", {{"role", "web"}}, {Permission::exec, Permission::files}, 2, at(3600), true, "u-1"};
}

inline session::AuditRecord audit(const std::string& tenant, const std::string& action, const std::string& actor = "u-1") {
  session::AuditRecord out;
  out.time = at(0);
  out.writer = "relayd";
  out.tenant = tenant;
  out.actor = actor;
  out.action = action;
  out.target = "web1";
  return out;
}

// A store of two tenants, "t-1" and "t-2", in a directory of its own.
class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rs-store-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    path_ = directory_ + "/relayd.db";
    store_ = store::SqliteStore::init(path_).value();
    store_->add_tenant(tenant("t-1")).value();
    store_->add_tenant(tenant("t-2")).value();
  }
  ~StoreTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  void reopen(store::SqliteOptions options = {}) {
    store_.reset();
    store_ = store::SqliteStore::open(path_, options).value();
  }

  std::string directory_;
  std::string path_;
  std::unique_ptr<store::SqliteStore> store_;
};

template <class T>
Errc code(const Result<T>& result) {
  EXPECT_FALSE(result);
  return result ? Errc::internal : result.error().code;
}

} // namespace rs::test
