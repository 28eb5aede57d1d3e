#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace rs::net {

using Environment = std::function<std::optional<std::string>(std::string_view name)>;

// The proxy for this host by HTTPS_PROXY and NO_PROXY (either case; lower case first, as curl reads them).
std::optional<std::string> proxy_for(std::string_view host, const Environment& environment);

} // namespace rs::net
