#pragma once

#include "base/clock.hpp"
#include "crypto/random.hpp"
#include "describe/codec.hpp"
#include "describe/describe.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rs::relay {

struct InitOptions {
  std::string data;
  std::string tenant = "default";
  std::optional<std::string> admin; // e-mail
  std::string admin_password;
  std::optional<std::string> tls_certificate; // paths
  std::optional<std::string> tls_key;
  std::vector<std::string> self_signed; // hosts
  std::string org_root_out;             // "" for ./TENANT-org-root.jwk
};

// What `init --json` prints.
struct InitReport {
  std::string relay_fingerprint;
  std::string org_fingerprint;
  std::string org_root_file;
  std::string tenant;
};
RS_DESCRIBE(InitReport, relay_fingerprint, org_fingerprint, org_root_file, tenant)

// Makes the data directory: keys, store, first tenant, first admin. `conflict` where it was done before; an existing
// empty directory is taken. A failure takes back what was made, so that init can run again; a process that is killed may
// leave a directory that is neither empty nor initialised.
Result<InitReport> init(const InitOptions& options, const Clock& clock, crypto::Random& random);

// At least 8 characters, letters and digits among them.
Result<void> check_password(std::string_view password);

} // namespace rs::relay
