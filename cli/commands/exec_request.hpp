#pragma once

#include "cli/context.hpp"
#include "session/exec_messages.hpp"

namespace rs::cli {

inline constexpr std::size_t kMaxScript = session::kMaxScriptBytes;

// What the options ask for. `usage`: they do not fit together; `limit`, `not-found`, …: the script's file.
Result<session::ExecParams> exec_params(Context& context);

// 124 where the limit was hit, 128+N for signal N, else the program's own.
int exit_code_of(const session::ExecResult& result);

} // namespace rs::cli
