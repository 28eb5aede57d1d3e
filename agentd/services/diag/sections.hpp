#pragma once

#include "agentd/services/diag/probe.hpp"
#include "session/diag_messages.hpp"

namespace rs::agent::diag {

// Reads one section into `into`, or says there why it is unavailable.
void collect(session::DiagSection section, const Probe& probe, session::DiagReport& into);

// What `part` has is moved to `into`.
void merge(session::DiagReport part, session::DiagReport& into);

// Cuts the longest lists until the report's JSON has at most `most` bytes.
void fit(session::DiagReport& report, std::size_t most = session::kMaxDiagReport);

} // namespace rs::agent::diag
