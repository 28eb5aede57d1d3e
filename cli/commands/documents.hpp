#pragma once

#include "base/os_string.hpp"
#include "cli/profile_documents.hpp"
#include "describe/describe.hpp"
#include "wire/vocabulary.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What the verbs print ("rsctl.<thing>.v1"), where it is no document of the API itself.
namespace rs::cli {

// rsctl.login.v1 and rsctl.whoami.v1
struct Who {
  std::string user; // id
  std::string email;
  std::string name;
  Role role;
  std::string tenant;
  std::string server;
  WallTime expires;
};
RS_DESCRIBE(Who, user, email, name, role, tenant, server, expires)

// rsctl.auth-status.v1
struct AuthStatus {
  std::string profile;
  std::optional<std::string> server;
  std::string tenant;
  std::optional<std::string> email;
  bool signed_in = false;
  std::optional<WallTime> expires; // of the certificate; it renews by itself
  std::string relay_fingerprint;
  PinnedBy relay_pinned;
  std::string org_fingerprint;
  PinnedBy org_pinned;
};
RS_DESCRIBE(AuthStatus, profile, server, tenant, email, signed_in, expires, relay_fingerprint, relay_pinned, org_fingerprint,
            org_pinned)

// rsctl.enroll-token.v1
struct NewToken {
  std::string token; // a secret
  std::string id;
  WallTime expires;
};
RS_DESCRIBE(NewToken, token, id, expires)

// rsctl.exec.v1
struct ExecReport {
  std::optional<int> exit_code;
  std::optional<int> signal;
  bool limit_hit = false;
  OsString stdout_;
  OsString stderr_;
  bool truncated = false;
  std::uint64_t duration_ms = 0;
};
RS_DESCRIBE(ExecReport, exit_code, signal, limit_hit, stdout_, stderr_, truncated, duration_ms)

// rsctl.org-fingerprint.v1
struct OrgFingerprint {
  std::string fingerprint;
  PinnedBy pinned;
};
RS_DESCRIBE(OrgFingerprint, fingerprint, pinned)

// rsctl.org.v1
struct OrgReport {
  std::string tenant;
  std::string org;
  std::string mode;
  std::string means; // what the mode promises
  std::uint64_t statement;
  std::string fingerprint;
  PinnedBy pinned;
  std::vector<std::string> issuers; // fingerprints
};
RS_DESCRIBE(OrgReport, tenant, org, mode, means, statement, fingerprint, pinned, issuers)

// GET /v1/audit
struct AuditPage {
  std::vector<session::AuditRecord> items;
};
RS_DESCRIBE(AuditPage, items)

// rsctl.audit-verify.v1
struct AuditReport {
  bool verified = false;
  std::string writer;
  std::uint64_t records = 0;
  std::string hash;                        // of the last
  std::optional<std::uint64_t> remembered; // the record that an earlier run remembered, and that is still there
};
RS_DESCRIBE(AuditReport, verified, writer, records, hash, remembered)

} // namespace rs::cli
