#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace rs::cli {

// A script that completes commands, options, their fixed values, and agents (by `agents list --cached`) in `shell`: bash,
// zsh or fish. `usage`: another.
Result<std::string> completion_script(std::string_view shell);

} // namespace rs::cli
