#pragma once

#include "base/clock.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The grain of the system's text files: lines, words, numbers. What does not fit is skipped by the parsers, never an error.
namespace rs::agent::diag {

inline constexpr std::size_t kMaxText = 256; // bytes of any one string of a report; the rest is cut off

std::vector<std::string_view> lines_of(std::string_view text); // without empty ones
std::vector<std::string_view> words_of(std::string_view line);
std::string_view trimmed(std::string_view text);
// At the first `separator`; without one the second part is empty.
std::pair<std::string_view, std::string_view> cut_at(std::string_view text, char separator);
// At most kMaxText bytes, and no half of a UTF-8 character at the cut.
std::string short_text(std::string_view text);

// The whole text must be the number.
template <class T>
std::optional<T> number_of(std::string_view text, int base = 10) {
  T value{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}
std::optional<double> real_of(std::string_view text); // finite

// "key: value" and "key=value" lines, as /proc and /etc have them: the value of the first such line, trimmed.
std::optional<std::string_view> value_of(std::string_view text, std::string_view key, char separator);

// Between 1970 and the end of 9999, which is all that documents can say.
std::optional<WallTime> wall_time_of(std::optional<std::int64_t> unix_seconds);

// A share of 0 to 100, to a tenth; 0 where there is no whole.
double percent_of(double part, double whole);

// Cuts a list to `most` items and counts what that left out.
template <class T>
void cap(std::vector<T>& list, std::size_t most, std::uint64_t& left_out) {
  if (list.size() <= most) return;
  left_out += list.size() - most;
  list.resize(most);
}

} // namespace rs::agent::diag
