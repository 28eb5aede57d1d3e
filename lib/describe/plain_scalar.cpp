#include "describe/plain_scalar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>

namespace rs::describe {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::size_t leading_digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

// [0-9]+ ( . [0-9]* )? or . [0-9]+, then an exponent or nothing; without the sign.
bool is_number(std::string_view text) {
  const auto whole = leading_digits(text);
  text.remove_prefix(whole);
  std::size_t fraction = 0;
  if (text.starts_with('.')) {
    fraction = leading_digits(text.substr(1));
    text.remove_prefix(1 + fraction);
  }
  if (whole + fraction == 0) return false;
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && leading_digits(text) == text.size();
}

template <class T>
std::optional<T> all_of(std::string_view text, int base) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Node integer(std::string_view digits, bool negative) {
  if (negative) {
    if (const auto value = all_of<std::int64_t>("-" + std::string(digits), 10)) return *value;
  } else if (const auto value = all_of<std::uint64_t>(digits, 10)) {
    return *value;
  }
  return {};
}

Node real(std::string_view digits, bool negative) {
  double value = 0;
  const auto error = std::from_chars(digits.data(), digits.data() + digits.size(), value).ec;
  if (error != std::errc()) return {};
  return negative ? -value : value;
}

Node number(std::string_view text, bool negative) {
  if (leading_digits(text) == text.size()) {
    if (Node value = integer(text, negative); !value.is_null()) return value;
  }
  return real(text, negative);
}

Node with_base(std::string_view text) {
  const int base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 0;
  if (base == 0 || text.size() < 3 || text[2] == '-') return {};
  const auto value = all_of<std::uint64_t>(text.substr(2), base);
  return value ? Node(*value) : Node();
}

} // namespace

Node resolve_plain(std::string_view text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return {};
  if (is_one_of(text, {"true", "True", "TRUE"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE"})) return false;
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  if (Node value = with_base(text); !value.is_null()) return value;
  const bool negative = text[0] == '-';
  const auto unsigned_text = negative || text[0] == '+' ? text.substr(1) : text;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (is_one_of(unsigned_text, {".inf", ".Inf", ".INF"})) return negative ? -kInfinity : kInfinity;
  if (is_number(unsigned_text)) {
    if (Node value = number(unsigned_text, negative); !value.is_null()) return value;
  }
  return text;
}

bool may_stand_plain(std::string_view text) {
  constexpr std::string_view kInside = "_./@:+=,()- ";
  if (text.empty() || !(is_letter(text[0]) || text[0] == '_' || text[0] == '/')) return false;
  if (text.back() == ':' || text.back() == ' ' || text.find(": ") != text.npos) return false;
  const auto allowed = [&](char c) { return is_letter(c) || is_digit(c) || kInside.find(c) != kInside.npos; };
  if (!std::all_of(text.begin(), text.end(), allowed)) return false;
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return !is_one_of(lower, {"null", "true", "false", "yes", "no", "on", "off", "y", "n"});
}

} // namespace rs::describe
