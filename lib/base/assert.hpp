#pragma once

namespace rs {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;
} // namespace rs

// For our own bugs only, in release builds too; bad input returns an Error instead.
#define RS_ASSERT(expression) ((expression) ? static_cast<void>(0) : ::rs::assertion_failed(#expression, __FILE__, __LINE__))
