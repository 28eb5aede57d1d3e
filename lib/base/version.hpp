#pragma once

#include <cstdint>
#include <string_view>

namespace rs {

extern const std::string_view kVersion;  // "0.1.0"
extern const std::string_view kCommit;   // short hash of the sources, "unknown" outside a checkout
extern const std::string_view kCompiler; // its own name for itself
extern const std::int64_t kBuildTime;    // Unix seconds of the commit: a floor for an agent's clock

} // namespace rs
