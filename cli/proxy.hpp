#pragma once

#include "cli/settings.hpp"

#include <optional>
#include <string>

namespace rs::cli {

// The proxy for this host by HTTPS_PROXY and NO_PROXY (either case; lower case first, as curl reads them).
std::optional<std::string> proxy_for(std::string_view host, const Environment& environment);

} // namespace rs::cli
