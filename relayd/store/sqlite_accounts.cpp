#include "relayd/store/columns.hpp"
#include "relayd/store/sqlite_store.hpp"

// The relay itself, tenants, users and their devices.
namespace rs::store {
namespace {

Result<RelayIdentity> read_relay(const sqlite::Query& row) {
  RelayIdentity identity;
  RS_TRY(identity.key, key_column(row, 0));
  identity.sealed_key = row.blob(1);
  if (!row.is_null(2)) {
    RS_TRY(identity.successor, key_column(row, 2));
  }
  identity.sealed_successor = row.blob(3);
  identity.statement_number = static_cast<std::uint64_t>(row.integer(4));
  return identity;
}

#define TENANT_COLUMNS "id, name, mode, org_fingerprint, org_statement, statement_number, sealed_issuer_key"

Result<Tenant> read_tenant(const sqlite::Query& row) {
  Tenant tenant;
  tenant.id = row.text(0);
  tenant.name = row.text(1);
  RS_TRY(tenant.mode, mode_column(row, 2));
  tenant.org_fingerprint = row.text(3);
  tenant.org_statement = row.text(4);
  tenant.statement_number = static_cast<std::uint64_t>(row.integer(5));
  tenant.sealed_issuer_key = row.blob(6);
  return tenant;
}

#define USER_COLUMNS "id, email, name, role, password_phc, failed_count, created"

Result<User> read_user(const sqlite::Query& row) {
  User user;
  user.id = row.text(0);
  user.email = row.text(1);
  user.name = row.text(2);
  RS_TRY(user.role, role_column(row, 3));
  user.password_phc = row.text(4);
  user.failed_count = static_cast<std::uint32_t>(row.integer(5));
  user.created = row.time(6);
  return user;
}

#define DEVICE_COLUMNS "id, user, sign_key, noise_key, created, last_used"

Result<Device> read_device(const sqlite::Query& row) {
  Device device;
  device.id = row.text(0);
  device.user = row.text(1);
  RS_TRY(device.sign_key, key_column(row, 2));
  RS_TRY(device.noise_key, key_column(row, 3));
  device.created = row.time(4);
  device.last_used = row.optional_time(5);
  return device;
}

} // namespace

Result<void> SqliteStore::put_relay(const RelayIdentity& identity) {
  auto query = database_.query(
      "INSERT OR REPLACE INTO relay (only_row, key, sealed_key, successor, sealed_successor, statement_number) "
      "VALUES (1, ?, ?, ?, ?, ?)",
      identity.key, identity.sealed_key, identity.successor, identity.sealed_successor, identity.statement_number);
  return query.run();
}

Result<RelayIdentity> SqliteStore::relay() {
  auto query = database_.query("SELECT key, sealed_key, successor, sealed_successor, statement_number FROM relay");
  return read_one(query, read_relay, "identity of", "this relay");
}

Result<void> SqliteStore::add_tenant(const Tenant& tenant) {
  auto query = database_.query("INSERT INTO tenants (" TENANT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)", tenant.id, tenant.name,
                               mode_text(tenant.mode), tenant.org_fingerprint, tenant.org_statement, tenant.statement_number,
                               tenant.sealed_issuer_key);
  return query.run();
}

Result<std::vector<Tenant>> SqliteStore::list_tenants() {
  auto query = database_.query("SELECT " TENANT_COLUMNS " FROM tenants ORDER BY name");
  return read_all(query, read_tenant);
}

Result<Tenant> SqliteStore::tenant(std::string_view tenant) {
  auto query = database_.query("SELECT " TENANT_COLUMNS " FROM tenants WHERE id = ?", tenant);
  return read_one(query, read_tenant, "tenant", tenant);
}

Result<void> SqliteStore::set_org_statement(std::string_view tenant, std::uint64_t number, const std::string& statement) {
  RS_TRY(const auto current, this->tenant(tenant));
  if (number <= current.statement_number)
    return fail(Errc::conflict,
                "org statement " + std::to_string(number) + " is not above " + std::to_string(current.statement_number));
  auto query =
      database_.query("UPDATE tenants SET statement_number = ?, org_statement = ? WHERE id = ?", number, statement, tenant);
  return query.run();
}

Result<void> SqliteStore::add_user(std::string_view tenant, const User& user) {
  auto query = database_.query("INSERT INTO users (tenant, " USER_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)", tenant, user.id,
                               user.email, user.name, role_text(user.role), user.password_phc,
                               static_cast<std::int64_t>(user.failed_count), user.created);
  return query.run();
}

Result<User> SqliteStore::user(std::string_view tenant, std::string_view id) {
  auto query = database_.query("SELECT " USER_COLUMNS " FROM users WHERE tenant = ? AND id = ?", tenant, id);
  return read_one(query, read_user, "user", id);
}

Result<User> SqliteStore::find_user(std::string_view tenant, std::string_view email) {
  auto query = database_.query("SELECT " USER_COLUMNS " FROM users WHERE tenant = ? AND email = ?", tenant, email);
  return read_one(query, read_user, "user", email);
}

Result<std::vector<User>> SqliteStore::list_users(std::string_view tenant) {
  auto query = database_.query("SELECT " USER_COLUMNS " FROM users WHERE tenant = ? ORDER BY email", tenant);
  return read_all(query, read_user);
}

Result<void> SqliteStore::set_role(std::string_view tenant, std::string_view id, Role role) {
  auto query = database_.query("UPDATE users SET role = ? WHERE tenant = ? AND id = ?", role_text(role), tenant, id);
  RS_CHECK(query.run());
  return changed_one("user", id);
}

Result<void> SqliteStore::set_password(std::string_view tenant, std::string_view id, const std::string& phc) {
  auto query = database_.query("UPDATE users SET password_phc = ? WHERE tenant = ? AND id = ?", phc, tenant, id);
  RS_CHECK(query.run());
  return changed_one("user", id);
}

Result<std::uint32_t> SqliteStore::record_failure(std::string_view tenant, std::string_view id) {
  auto query = database_.query("UPDATE users SET failed_count = failed_count + 1 WHERE tenant = ? AND id = ?", tenant, id);
  RS_CHECK(query.run());
  RS_TRY(const auto row, user(tenant, id));
  return row.failed_count;
}

Result<void> SqliteStore::clear_failures(std::string_view tenant, std::string_view id) {
  auto query = database_.query("UPDATE users SET failed_count = 0 WHERE tenant = ? AND id = ?", tenant, id);
  RS_CHECK(query.run());
  return changed_one("user", id);
}

Result<void> SqliteStore::add_device(std::string_view tenant, const Device& device) {
  auto query = database_.query("INSERT INTO devices (tenant, " DEVICE_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)", tenant, device.id,
                               device.user, device.sign_key, device.noise_key, device.created, device.last_used);
  return query.run();
}

Result<Device> SqliteStore::find_device(std::string_view tenant, const PublicKey& sign_key) {
  auto query = database_.query("SELECT " DEVICE_COLUMNS " FROM devices WHERE tenant = ? AND sign_key = ?", tenant, sign_key);
  return read_one(query, read_device, "device with key", hex(sign_key));
}

Result<std::vector<Device>> SqliteStore::list_devices(std::string_view tenant, std::string_view user) {
  auto query =
      database_.query("SELECT " DEVICE_COLUMNS " FROM devices WHERE tenant = ? AND user = ? ORDER BY created, id", tenant, user);
  return read_all(query, read_device);
}

Result<void> SqliteStore::set_device_used(std::string_view tenant, std::string_view id, WallTime when) {
  auto query = database_.query("UPDATE devices SET last_used = ? WHERE tenant = ? AND id = ?", when, tenant, id);
  RS_CHECK(query.run());
  return changed_one("device", id);
}

Result<void> SqliteStore::remove_device(std::string_view tenant, std::string_view id) {
  auto query = database_.query("DELETE FROM devices WHERE tenant = ? AND id = ?", tenant, id);
  RS_CHECK(query.run());
  return changed_one("device", id);
}

} // namespace rs::store
