#pragma once

#include "base/result.hpp"
#include "session/diag_messages.hpp"

namespace rs::cli {

// Fails where sections were asked for by name and none of them could be read: `timeout` where that was the reason for each,
// else `unsupported`. The message has the reasons.
Result<void> check_any_read(const session::DiagParams& asked, const session::DiagReport& report);

} // namespace rs::cli
