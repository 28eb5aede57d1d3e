#pragma once

#include "agentd/desktop/png_writer.hpp"
#include "desktop/desktop.hpp"
#include "desktop/helper_messages.hpp"

namespace rs::desktop {

// What a request means on this desktop. `not-found`: no such monitor, and the message lists those there are; `invalid`:
// the region is outside.
Result<Region> region_of(Desktop& desktop, const ShotRequest& request);

// One picture as PNG into the sink. `bytes` of the answer stays 0: the sink counts.
Result<ShotPicture> take_shot(Desktop& desktop, const ShotRequest& request, const PngSink& sink);

} // namespace rs::desktop
