#pragma once

#include "agentd/services/diag/probe.hpp"
#include "session/diag_messages.hpp"

namespace rs::agent::diag {

session::DiagMemory parse_meminfo(std::string_view text);                   // /proc/meminfo
std::optional<session::DiagPressure> parse_pressure(std::string_view text); // /proc/pressure/memory

Result<session::DiagMemory> read_memory(const Probe& probe);

} // namespace rs::agent::diag
