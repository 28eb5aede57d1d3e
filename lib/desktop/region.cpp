#include "desktop/region.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace rs::desktop {
namespace {

// Takes digits up to `end_mark` (0: the end of the text) from the front.
std::optional<std::uint32_t> take_number(std::string_view& text, char end_mark) {
  std::uint32_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || number > kMaxSide) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (end_mark == 0) return text.empty() ? std::optional(number) : std::nullopt;
  if (text.empty() || text.front() != end_mark) return std::nullopt;
  text.remove_prefix(1);
  return number;
}

} // namespace

Result<Region> parse_region(std::string_view text) {
  const auto width = take_number(text, 'x');
  const auto height = width ? take_number(text, '+') : width;
  const auto x = height ? take_number(text, '+') : height;
  const auto y = x ? take_number(text, 0) : x;
  if (!y || *width == 0 || *height == 0)
    return fail(Errc::invalid, "not WxH+X+Y, with numbers up to " + std::to_string(kMaxSide) + " and no side of 0");
  return Region{*width, *height, static_cast<std::int32_t>(*x), static_cast<std::int32_t>(*y)};
}

std::string to_text(const Region& region) {
  const auto offset = [](std::int32_t value) { return (value < 0 ? "" : "+") + std::to_string(value); };
  return std::to_string(region.width) + "x" + std::to_string(region.height) + offset(region.x) + offset(region.y);
}

Result<Region> clip(const Region& region, const Region& area) {
  const auto end = [](std::int32_t start, std::uint32_t length) { return std::int64_t{start} + std::int64_t{length}; };
  const std::int32_t x = std::max(region.x, area.x);
  const std::int32_t y = std::max(region.y, area.y);
  const auto right = std::min(end(region.x, region.width), end(area.x, area.width));
  const auto bottom = std::min(end(region.y, region.height), end(area.y, area.height));
  if (right <= x || bottom <= y) return fail(Errc::invalid, to_text(region) + " is outside of " + to_text(area));
  return Region{static_cast<std::uint32_t>(right - x), static_cast<std::uint32_t>(bottom - y), x, y};
}

} // namespace rs::desktop
