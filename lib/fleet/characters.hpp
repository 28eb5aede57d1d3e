#pragma once

#include <string>
#include <string_view>

namespace rs::fleet {

// The characters of UTF-8 text; a byte that belongs to none stands for itself, as U+DC00 and its value.
std::u32string characters(std::string_view text);

// The column, counted from 1, of the character at a byte of the text.
std::size_t column_of(std::string_view text, std::size_t byte);

} // namespace rs::fleet
