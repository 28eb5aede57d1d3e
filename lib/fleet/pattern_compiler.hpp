#pragma once

#include "fleet/pattern.hpp"

#include <string>

namespace rs::fleet {

bool is_word_character(char32_t c); // \w

// The pattern's text as a program that ends in `done`. Errors as Pattern::compile().
Result<Pattern::Program> compile_pattern(const std::u32string& text);

} // namespace rs::fleet
