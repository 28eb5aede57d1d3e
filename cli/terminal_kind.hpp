#pragma once

#include "cli/terminal.hpp"

namespace rs::cli {

// A person looks at this stream of the process: raw bytes would spoil his screen.
bool is_terminal(Stream stream);

} // namespace rs::cli
