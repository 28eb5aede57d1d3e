#pragma once

#include "base/clock.hpp"

#include <string>
#include <string_view>

// What this machine says of itself.
namespace rs::agent {

std::string host_name();
// An agent's name made of a host's: characters that no name has become '-', and what is too long is cut.
std::string agent_name_from(std::string_view host);
std::string os_name();          // "Debian GNU/Linux 12 (bookworm)"
int local_minute(WallTime now); // of the local day, 0 to 1439

} // namespace rs::agent
