#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace rs::cli {

// A script that completes commands, options and their fixed values in `shell`: bash, zsh or fish. `usage`: another.
Result<std::string> completion_script(std::string_view shell);

} // namespace rs::cli
