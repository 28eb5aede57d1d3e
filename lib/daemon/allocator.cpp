#include "daemon/allocator.hpp"

#include <malloc.h>

namespace rs::daemon {

void keep_freed_memory(std::size_t bytes) {
  ::mallopt(M_TRIM_THRESHOLD, static_cast<int>(bytes));
  ::mallopt(M_MMAP_THRESHOLD, static_cast<int>(bytes)); // a threshold that is set does not move by itself
}

} // namespace rs::daemon
