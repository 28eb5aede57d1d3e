#pragma once

#include <string_view>

namespace rs::cli {

// Of the library that this was built with, known without loading anything of it.
extern const std::string_view kOpensslVersion;

} // namespace rs::cli
