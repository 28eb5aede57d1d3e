#pragma once

#include "agentd/services/diag/probe.hpp"
#include "session/diag_messages.hpp"

namespace rs::agent::diag {

inline constexpr std::size_t kMaxPackages = 300;

// "NAME/SUITE,SUITE VERSION ARCH [upgradable from: VERSION]", as apt list --upgradable prints it in the C locale.
session::DiagUpdates parse_upgradable(std::string_view text);

// Nothing is downloaded or changed: the counts rest on the lists that are there.
Result<session::DiagUpdates> read_updates(const Probe& probe);

} // namespace rs::agent::diag
