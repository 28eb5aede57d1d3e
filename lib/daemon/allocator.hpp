#pragma once

#include <cstddef>

namespace rs::daemon {

// Memory that was freed stays with the process, up to so many bytes at the heap's end: for programs that move data in frames
// of 256 KiB, where each would else be mapped, cleared and given back to the system again.
void keep_freed_memory(std::size_t bytes);

} // namespace rs::daemon
