#include "base/clock.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>

namespace rs {
namespace {

struct Unit {
  std::string_view suffix;
  std::uint64_t factor;
};

constexpr Unit kDurationUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
constexpr Unit kSizeUnits[] = {{"", 1}, {"K", 1ULL << 10}, {"M", 1ULL << 20}, {"G", 1ULL << 30}, {"T", 1ULL << 40}};

Result<std::uint64_t> parse_with_units(std::string_view text, std::span<const Unit> units, std::string_view what) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error != std::errc() || text.empty()) return fail(Errc::invalid, "'" + std::string(text) + "' is no " + std::string(what));
  for (const auto& unit : units) {
    if (unit.suffix != suffix) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / unit.factor) break;
    return number * unit.factor;
  }
  return fail(Errc::invalid, "'" + std::string(text) + "' is no " + std::string(what));
}

bool number_at(std::string_view text, std::size_t at, std::size_t digits, int& out) {
  if (text.size() < at + digits) return false;
  const auto* first = text.data() + at;
  const auto [end, error] = std::from_chars(first, first + digits, out);
  return error == std::errc() && end == first + digits && *first != '-';
}

} // namespace

std::string to_rfc3339(WallTime t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(t - day);
  std::array<char, 40> text;
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()));
  return text.data();
}

Result<WallTime> from_rfc3339(std::string_view text) {
  const auto bad = [&] {
    return fail(Errc::invalid, "'" + std::string(text) + "' is no RFC 3339 time in UTC (2026-01-31T12:00:00Z)");
  };
  int year, month, day, hour, minute, second, millis = 0;
  const bool shape = number_at(text, 0, 4, year) && number_at(text, 5, 2, month) && number_at(text, 8, 2, day) &&
                     number_at(text, 11, 2, hour) && number_at(text, 14, 2, minute) && number_at(text, 17, 2, second) &&
                     text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' && text[16] == ':';
  if (!shape) return bad();
  std::string_view rest = text.substr(19);
  if (rest.starts_with('.')) {
    if (!number_at(rest, 1, 3, millis)) return bad();
    rest.remove_prefix(4);
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (rest != "Z" || !date.ok() || hour > 23 || minute > 59 || second > 60) return bad();
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + Millis(millis);
}

Result<Millis> parse_duration(std::string_view text) {
  RS_TRY(const auto value, parse_with_units(text, kDurationUnits, "duration (30s 5m 2h 7d)"));
  const Millis duration(static_cast<std::int64_t>(value));
  if (duration > kLongestDuration)
    return fail(Errc::invalid, "'" + std::string(text) + "' is more than " + format_duration(kLongestDuration));
  return duration;
}

std::string format_duration(Millis d) {
  const auto count = static_cast<std::uint64_t>(d.count());
  for (std::size_t i = std::size(kDurationUnits); i-- > 1;) {
    if (count != 0 && count % kDurationUnits[i].factor == 0)
      return std::to_string(count / kDurationUnits[i].factor) + std::string(kDurationUnits[i].suffix);
  }
  return std::to_string(count) + "ms";
}

Result<std::uint64_t> parse_size(std::string_view text) { return parse_with_units(text, kSizeUnits, "size (64K 10M 2G)"); }

} // namespace rs
