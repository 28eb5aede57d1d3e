#include "agentd/services/diag/scan.hpp"

#include <algorithm>
#include <cmath>

namespace rs::agent::diag {
namespace {

constexpr std::string_view kBlank = " \t\r";

} // namespace

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto [line, rest] = cut_at(text, '\n');
    if (!line.empty()) lines.push_back(line);
    text = rest;
  }
  return lines;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const auto begin = line.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(kBlank), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::pair<std::string_view, std::string_view> cut_at(std::string_view text, char separator) {
  const auto at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

std::string short_text(std::string_view text) {
  if (text.size() <= kMaxText) return std::string(text);
  auto end = kMaxText;
  while (end > kMaxText - 4 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

std::optional<double> real_of(std::string_view text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::string_view> value_of(std::string_view text, std::string_view key, char separator) {
  for (const auto line : lines_of(text)) {
    const auto at = line.find(separator);
    if (at != std::string_view::npos && trimmed(line.substr(0, at)) == key) return trimmed(line.substr(at + 1));
  }
  return std::nullopt;
}

std::optional<WallTime> wall_time_of(std::optional<std::int64_t> unix_seconds) {
  constexpr std::int64_t kLast = 253'402'300'799; // 9999-12-31T23:59:59Z
  if (!unix_seconds || *unix_seconds < 0 || *unix_seconds > kLast) return std::nullopt;
  return from_unix_seconds(*unix_seconds);
}

double percent_of(double part, double whole) {
  if (!(whole > 0)) return 0;
  return std::round(std::clamp(part / whole, 0.0, 1.0) * 1000) / 10;
}

} // namespace rs::agent::diag
