#include "cli/version_text.hpp"

namespace rs::cli {

const std::string_view kOpensslVersion = RS_OPENSSL_VERSION;

} // namespace rs::cli
