#pragma once

#include "base/result.hpp"
#include "desktop/desktop.hpp"

#include <functional>

namespace rs::desktop {

// Gets the file piece by piece; an error ends the writing.
using PngSink = std::function<Result<void>(ByteView)>;

// The picture as PNG: 8-bit RGB, as the fourth byte of a pixel means nothing. Tuned for speed, as screens are wide flat
// areas that any filter packs well. The sink's error, or `io`.
Result<void> write_png(const Picture& picture, const PngSink& sink);

} // namespace rs::desktop
