#include "daemon/version_report.hpp"

#include "base/version.hpp"
#include "crypto/openssl.hpp"

namespace rs::daemon {

std::string version_text() { return std::string(kVersion) + " (" + std::string(kCommit) + ")"; }

describe::Node version_document() {
  describe::Node document;
  document.set("version", std::string(kVersion));
  document.set("commit", std::string(kCommit));
  document.set("compiler", std::string(kCompiler));
  document.set("openssl", crypto::openssl_version());
  return document;
}

} // namespace rs::daemon
