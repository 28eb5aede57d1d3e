#include "cli/arguments.hpp"

#include <charconv>

namespace rs::cli {

std::optional<std::string> Arguments::value(std::string_view option) const {
  const auto found = values_.find(option);
  if (found == values_.end()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Arguments::values(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

Result<std::optional<Millis>> Arguments::duration(std::string_view option) const {
  const auto text = value(option);
  if (!text) return std::optional<Millis>();
  const auto parsed = parse_duration(*text);
  if (!parsed) return fail(Errc::usage, std::string(option) + ": " + parsed.error().message);
  return std::optional(*parsed);
}

Result<std::optional<std::uint32_t>> Arguments::count(std::string_view option) const {
  const auto text = value(option);
  if (!text) return std::optional<std::uint32_t>();
  std::uint32_t number = 0;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failed != std::errc() || end != text->data() + text->size() || number == 0)
    return fail(Errc::usage, std::string(option) + ": '" + *text + "' is no number from 1 to 4294967295");
  return std::optional(number);
}

Result<std::string> Arguments::required(std::string_view option) const {
  if (auto text = value(option)) return std::move(*text);
  return fail(Errc::usage, "give " + std::string(option));
}

std::vector<std::string> split_list(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end != 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

} // namespace rs::cli
