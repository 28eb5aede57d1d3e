#pragma once

#include "files/descriptor.hpp"

namespace rs::daemon {

using files::Descriptor;

} // namespace rs::daemon
