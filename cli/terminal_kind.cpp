#include "cli/terminal_kind.hpp"

#include <unistd.h>

namespace rs::cli {

bool is_terminal(Stream stream) { return ::isatty(static_cast<int>(stream)) == 1; }

} // namespace rs::cli
