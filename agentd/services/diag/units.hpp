#pragma once

#include "agentd/services/diag/probe.hpp"
#include "session/diag_messages.hpp"

namespace rs::agent::diag {

inline constexpr std::size_t kMaxUnits = 300;

// "UNIT LOAD ACTIVE SUB DESCRIPTION", as systemctl list-units --plain --no-legend prints it; what is only referred to
// ("not-found") is left out.
session::DiagServices parse_units(std::string_view text);

Result<session::DiagServices> read_services(const Probe& probe);

} // namespace rs::agent::diag
