#pragma once

#include "relayd/data_dir.hpp"
#include "relayd/store/sqlite_store.hpp"
#include "relayd/tenants.hpp"
#include "session/peer_link.hpp"
#include "unit/daemon/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

namespace rs::relay::test {

inline const WallTime kNow = from_unix_seconds(1'800'000'000); // when tests take place
inline constexpr std::string_view kPassword = "correct-horse-1";

// Read by all of a relay's threads, moved on by the test's.
class ManualClock final : public Clock {
 public:
  WallTime wall() const override { return kNow + Millis(ahead_); }
  BootTime boot() const override { return BootTime(Millis(1'000'000 + ahead_)); }
  void advance(Millis by) { ahead_ += by.count(); }

 private:
  std::atomic<std::int64_t> ahead_{0};
};

struct Person {
  std::string org;
  store::User user;
  session::Identity keys;
};

struct Machine {
  std::string org;
  store::Agent row;
  session::Identity keys;
};

// People and agents made straight in a relay's store, and papers for them signed by its tenants' issuers.
class Papers {
 public:
  Papers(const std::string& store_path, const crypto::Secret32& column_key)
      : store(store::SqliteStore::open(store_path).value()), tenants(Tenants::load(*store, column_key).value()) {}

  const Tenant& tenant(std::string_view name) const { return *tenants->find_by_name(name); }

  session::Identity new_keys() const {
    auto& random = crypto::system_random();
    return {crypto::Ed25519Key::generate(random), crypto::X25519Key::generate(random), {}};
  }
  static sealed::Confirmation publics(const session::Identity& keys) { return {keys.sign.public_key(), keys.noise.public_key()}; }

  // With a registered device. Everybody's password is kPassword where `phc` is that of it.
  Person person(const Tenant& tenant, const std::string& name, Role role, const std::string& phc = "$argon2id$none") {
    Person out{tenant.row.id,
               {.id = "u-" + name,
                .email = name + "@example.org",
                .name = name,
                .role = role,
                .password_phc = phc,
                .failed_count = 0,
                .created = kNow},
               new_keys()};
    store->add_user(out.org, out.user).value();
    store->add_device(out.org, {"d-" + name, out.user.id, out.keys.sign.public_key(), out.keys.noise.public_key(), kNow, {}})
        .value();
    out.keys.certificate = tenant.issue_technician(out.user, publics(out.keys), kNow);
    return out;
  }

  Machine machine(const Tenant& tenant, const std::string& name, bool ephemeral = false) {
    Machine out{tenant.row.id, {}, new_keys()};
    out.row.id = AgentId::from_random(crypto::system_random().array<kIdRandomBytes>());
    out.row.name = name;
    out.row.sign_key = out.keys.sign.public_key();
    out.row.noise_key = out.keys.noise.public_key();
    out.row.os = "linux";
    out.row.version = "1";
    out.row.ephemeral = ephemeral;
    out.row.enrolled_at = kNow;
    out.row.certificate = out.keys.certificate = tenant.issue_agent(out.row, kNow);
    store->add_agent(out.org, out.row).value();
    return out;
  }

  // The relay's own records of one action, the oldest first.
  std::vector<store::AuditRecord> audit(const std::string& org, const std::string& action) {
    store::AuditQuery query;
    query.writer = "relayd";
    query.action = action;
    return store->list_audit(org, query).value();
  }

  std::unique_ptr<store::SqliteStore> store;
  std::unique_ptr<Tenants> tenants;
};

// A store of two tenants, "acme" and "other", without a relay around it.
struct PaperStore {
  PaperStore() {
    auto store = store::SqliteStore::init(path).value();
    for (const auto* name : {"acme", "other"})
      (void)Tenants::create(*store, column_key, name, crypto::system_random(), kNow).value();
  }
  daemon::ScratchDirectory scratch;
  std::string path = scratch / "relay.sqlite";
  crypto::Secret32 column_key = crypto::Secret32::random(crypto::system_random());
};

struct PaperTest : testing::Test {
  PaperStore files;
  Papers papers{files.path, files.column_key};
  const Tenant& acme = papers.tenant("acme");
  const Tenant& other = papers.tenant("other");
};

template <class T>
Errc code_of(const Result<T>& result) {
  EXPECT_FALSE(result);
  return result ? Errc::internal : result.error().code;
}

} // namespace rs::relay::test
