#include "relayd/relay_keys.hpp"

#include "crypto/hash.hpp"
#include "crypto/sealed_column.hpp"
#include "sealed/chain.hpp"

namespace rs::relay {
namespace {

constexpr std::string_view kRow = "relay";
constexpr std::string_view kColumn = "key";

} // namespace

RelayKeys::RelayKeys(crypto::Ed25519Key key, store::RelayIdentity identity)
    : key_(std::move(key)), fingerprint_(crypto::fingerprint(key_.public_key())), identity_(std::move(identity)) {}

Result<std::string> RelayKeys::create(store::Store& store, const crypto::Secret32& column_key, crypto::Random& random) {
  const auto key = crypto::Ed25519Key::generate(random);
  const store::RelayIdentity identity{
      .key = key.public_key(),
      .sealed_key = crypto::encrypt_column(column_key, "", kRow, kColumn, key.seed().view(), random),
      .successor = {},
      .sealed_successor = {},
      .statement_number = 0};
  RS_CHECK(store.put_relay(identity));
  return crypto::fingerprint(key.public_key());
}

Result<std::unique_ptr<RelayKeys>> RelayKeys::load(store::Store& store, const crypto::Secret32& column_key) {
  RS_TRY(auto identity, store.relay());
  const auto seed = crypto::decrypt_column(column_key, "", kRow, kColumn, identity.sealed_key);
  if (!seed) return within("the relay's key", seed.error());
  RS_TRY(const auto bytes, to_array<32>(*seed, "the relay's key"));
  return std::unique_ptr<RelayKeys>(new RelayKeys(crypto::Ed25519Key(crypto::Secret32(bytes)), std::move(identity)));
}

Result<void> RelayKeys::publish(store::Store& store, const std::vector<std::string>& addresses, std::vector<Bytes> tls_spki,
                                WallTime now) {
  ++identity_.statement_number;
  RS_CHECK(store.put_relay(identity_));
  const auto iat = to_unix_seconds(now);
  const sealed::RelayStatement statement{
      identity_.key,       identity_.statement_number, iat, iat + sealed::kMaxRelayStatementLife, addresses,
      std::move(tls_spki), identity_.successor};
  const std::lock_guard lock(mutex_);
  statement_ = sealed::sign_document(statement, key_);
  issued_ = now;
  return {};
}

std::string RelayKeys::statement() const {
  const std::lock_guard lock(mutex_);
  return statement_;
}

bool RelayKeys::needs_renewal(WallTime now) const {
  const std::lock_guard lock(mutex_);
  return now - issued_ > std::chrono::seconds(sealed::kMaxRelayStatementLife) / 2;
}

} // namespace rs::relay
