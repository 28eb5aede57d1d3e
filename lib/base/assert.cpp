#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace rs {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "bug: %s:%d: assertion failed: %s\n", file, line, expression);
  std::abort();
}

} // namespace rs
