#include "agentd/desktop/shot.hpp"

#include <algorithm>

namespace rs::desktop {
namespace {

// Monitors may hang over the edge of the desktop, or be wholly outside for a moment while they are set up.
Result<Region> area_of_monitor(Desktop& desktop, const Region& whole, const std::string& name) {
  RS_TRY(const auto screens, desktop.screens());
  const auto found = std::ranges::find(screens, name, &Screen::name);
  if (found != screens.end()) return clip(found->area, whole);
  std::string names;
  for (const auto& screen : screens) names += (names.empty() ? "" : ", ") + screen.name;
  return fail(Errc::not_found, "no monitor '" + name + "'; there are: " + (names.empty() ? "none" : names));
}

} // namespace

Result<Region> region_of(Desktop& desktop, const ShotRequest& request) {
  RS_TRY(const auto whole, desktop.area());
  Region area = whole;
  if (request.monitor) {
    RS_TRY(area, area_of_monitor(desktop, whole, *request.monitor));
  }
  if (!request.region) return area;
  auto part = clip(*request.region, {area.width, area.height, 0, 0});
  if (!part) return within("region", part.error());
  return Region{part->width, part->height, part->x + area.x, part->y + area.y};
}

Result<ShotPicture> take_shot(Desktop& desktop, const ShotRequest& request, const PngSink& sink) {
  RS_TRY(const auto region, region_of(desktop, request));
  if (std::uint64_t{region.width} * region.height > kMaxPixels)
    return fail(Errc::limit, to_text(region) + ": more than " + std::to_string(kMaxPixels) + " pixels; name a --region");
  RS_TRY(const auto picture, desktop.grab(region, request.cursor));
  RS_CHECK(write_png(picture, sink));
  return ShotPicture{picture.width, picture.height, 0};
}

} // namespace rs::desktop
