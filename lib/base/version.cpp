#include "base/version.hpp"

namespace rs {

const std::string_view kVersion = RS_VERSION;
const std::string_view kCommit = RS_COMMIT;
const std::string_view kCompiler = __VERSION__;
const std::int64_t kBuildTime = RS_COMMIT_TIME;

} // namespace rs
