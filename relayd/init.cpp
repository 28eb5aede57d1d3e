#include "relayd/init.hpp"

#include "crypto/hash.hpp"
#include "crypto/jwk.hpp"
#include "crypto/password.hpp"
#include "daemon/files.hpp"
#include "describe/codec_impl.hpp"
#include "net/server.hpp"
#include "relayd/audit.hpp"
#include "relayd/data_dir.hpp"
#include "relayd/relay_keys.hpp"
#include "relayd/store/sqlite_store.hpp"
#include "relayd/tenants.hpp"

#include <algorithm>
#include <filesystem>

RS_CODEC(rs::relay::InitReport)

namespace rs::relay {
namespace {

namespace fs = std::filesystem;

Result<void> check_options(const InitOptions& options) {
  if (options.tls_certificate.has_value() != options.tls_key.has_value())
    return fail(Errc::usage, "--tls-cert and --tls-key belong together");
  if (options.tls_certificate.has_value() == !options.self_signed.empty())
    return fail(Errc::usage, "say either --tls-cert F --tls-key F or --self-signed HOST");
  RS_CHECK(check_name(options.tenant, "--tenant"));
  if (options.admin && options.admin->find('@') == std::string::npos)
    return fail(Errc::invalid, "--admin: '" + *options.admin + "' is no e-mail address");
  if (options.admin) RS_CHECK(check_password(options.admin_password));
  return {};
}

std::string root_path(const InitOptions& options) {
  return options.org_root_out.empty() ? options.tenant + "-org-root.jwk" : options.org_root_out;
}

// The root must not lie where the relay could read it.
Result<void> check_root_path(const InitOptions& options) {
  std::error_code ignored;
  const auto data = fs::weakly_canonical(fs::absolute(options.data), ignored).string() + "/";
  const auto root = fs::weakly_canonical(fs::absolute(root_path(options)), ignored).string();
  if (root.starts_with(data)) return fail(Errc::invalid, "--org-root-out: inside the data directory, which relayd can read");
  if (fs::exists(root, ignored)) return fail(Errc::conflict, "--org-root-out: " + root_path(options) + " exists");
  return {};
}

Result<RelayConfig> make_tls(const InitOptions& options, const DataDir& dir, WallTime now) {
  if (options.tls_certificate) {
    RelayConfig config{fs::absolute(*options.tls_certificate).string(), fs::absolute(*options.tls_key).string(), {}};
    RS_TRY(const auto tls, read_tls(config));
    RS_CHECK(net::spki_sha256_of_pem(tls.certificate));
    return config;
  }
  RS_TRY(const auto made, net::make_self_signed(options.self_signed, now));
  RS_CHECK(daemon::write_file_atomically(dir.own_certificate(), as_bytes(made.certificate), 0644));
  RS_CHECK(daemon::write_file_atomically(dir.own_certificate_key(), as_bytes(made.private_key), 0600));
  return RelayConfig{dir.own_certificate(), dir.own_certificate_key(), options.self_signed};
}

Result<void> add_admin(store::Store& store, const std::string& org, const InitOptions& options, WallTime now,
                       crypto::Random& random) {
  if (!options.admin) return {};
  const store::User user{.id = "u-" + base32_lower(random.array<kIdRandomBytes>()).substr(0, 20),
                         .email = *options.admin,
                         .name = options.admin->substr(0, options.admin->find('@')),
                         .role = Role::admin,
                         .password_phc = crypto::hash_password(options.admin_password, random),
                         .failed_count = 0,
                         .created = now};
  return store.add_user(org, user);
}

// What this run has made goes again unless it comes to its end, so that the next one finds the place as this one did.
class Made {
 public:
  // The directory was empty, or is not there yet.
  Made(std::string directory, bool had_directory) : directory_(std::move(directory)), had_directory_(had_directory) {}
  Made(const Made&) = delete;
  ~Made() {
    if (kept_) return;
    std::error_code ignored;
    for (const auto& file : files_) fs::remove(file, ignored);
    if (!had_directory_) {
      fs::remove_all(directory_, ignored);
      return;
    }
    for (const auto& entry : fs::directory_iterator(directory_, ignored)) fs::remove_all(entry.path(), ignored); // it was empty
  }
  void also(std::string file) { files_.push_back(std::move(file)); }
  void keep() { kept_ = true; }

 private:
  std::string directory_;
  bool had_directory_;
  std::vector<std::string> files_;
  bool kept_ = false;
};

// Never over another file, even one that has appeared meanwhile: a link is made only where there is nothing.
Result<void> write_root(const std::string& path, const crypto::Ed25519Key& root, crypto::Random& random) {
  const auto draft = path + "." + base32_lower(random.array<kIdRandomBytes>());
  RS_CHECK(daemon::write_file_atomically(draft, as_bytes(crypto::private_jwk(root) + "\n"), 0600));
  std::error_code error;
  std::error_code ignored;
  fs::create_hard_link(draft, path, error);
  fs::remove(draft, ignored);
  if (!error) return {};
  if (fs::exists(path, ignored)) return fail(Errc::conflict, "--org-root-out: " + path + " exists");
  return fail(Errc::io, "--org-root-out: " + path + ": " + error.message());
}

} // namespace

Result<void> check_password(std::string_view password) {
  const auto is_letter = [](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80; };
  const auto is_digit = [](unsigned char c) { return c >= '0' && c <= '9'; };
  const bool good = password.size() >= 8 && password.size() <= 1024 && std::any_of(password.begin(), password.end(), is_letter) &&
                    std::any_of(password.begin(), password.end(), is_digit);
  if (!good) return fail(Errc::invalid, "password: at least 8 characters, with letters and digits");
  return {};
}

Result<InitReport> init(const InitOptions& options, const Clock& clock, crypto::Random& random) {
  RS_CHECK(check_options(options));
  const DataDir dir{fs::absolute(options.data).lexically_normal().string()};
  std::error_code ignored;
  if (fs::exists(dir.config(), ignored)) return fail(Errc::conflict, options.data + ": already initialised");
  const bool had_directory = fs::exists(dir.path, ignored);
  if (had_directory && !fs::is_empty(dir.path, ignored))
    return fail(Errc::conflict, options.data + ": not empty, and no data directory of relayd");
  RS_CHECK(check_root_path(options));
  RS_CHECK(daemon::make_private_directory(dir.path));
  // Of two that found it empty one goes on.
  const auto lock = daemon::FileLock::try_acquire(dir.lock());
  if (!lock || fs::exists(dir.config(), ignored)) return fail(Errc::conflict, options.data + ": another relayd is at work there");
  Made made(dir.path, had_directory);

  const auto now = clock.wall();
  RS_TRY(const auto config, make_tls(options, dir, now));
  const auto column_key = crypto::Secret32::random(random);
  RS_CHECK(write_column_key(dir, column_key));
  RS_TRY(auto store, store::SqliteStore::init(dir.store()));
  RS_TRY(auto relay_fingerprint, RelayKeys::create(*store, column_key, random));
  RS_TRY(const auto root, Tenants::create(*store, column_key, options.tenant, random, now));
  RS_TRY(const auto tenants, Tenants::load(*store, column_key));
  const auto& org = tenants->only()->row.id;
  RS_CHECK(add_admin(*store, org, options, now, random));
  const std::array first = {audit_record(org, now, "local", "relay.init", options.tenant)};
  RS_CHECK(store->append_audit(first));
  const auto root_file = fs::absolute(root_path(options)).string();
  RS_CHECK(write_root(root_file, root, random));
  made.also(root_file);
  RS_CHECK(write_config(dir, config)); // last: from here on the directory counts as initialised
  made.keep();
  return InitReport{std::move(relay_fingerprint), crypto::fingerprint(root.public_key()), root_file, options.tenant};
}

} // namespace rs::relay
