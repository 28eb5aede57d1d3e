#include "net/http_date.hpp"

#include <algorithm>
#include <iterator>

namespace rs::net {
namespace {

constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string two_digits(std::size_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

} // namespace

std::string http_date(WallTime time) {
  const auto text = to_rfc3339(time); // 2026-11-24T08:30:00.123Z
  const auto day = std::chrono::weekday(std::chrono::floor<std::chrono::days>(time)).c_encoding();
  const auto month = static_cast<std::size_t>(std::stoul(text.substr(5, 2)) - 1);
  return std::string(kDays[day]) + ", " + text.substr(8, 2) + " " + std::string(kMonths[month]) + " " + text.substr(0, 4) + " " +
         text.substr(11, 8) + " GMT";
}

Result<WallTime> parse_http_date(std::string_view text) {
  constexpr std::string_view kShape = "Tue, 24 Nov 2026 08:30:00 GMT";
  if (text.size() != kShape.size() || !text.ends_with(" GMT")) return fail(Errc::invalid, "no HTTP date");
  const auto month = std::ranges::find(kMonths, text.substr(8, 3));
  if (month == std::end(kMonths)) return fail(Errc::invalid, "no HTTP date");
  const auto number = static_cast<std::size_t>(month - std::begin(kMonths)) + 1;
  return from_rfc3339(std::string(text.substr(12, 4)) + "-" + two_digits(number) + "-" + std::string(text.substr(5, 2)) + "T" +
                      std::string(text.substr(17, 8)) + "Z");
}

} // namespace rs::net
