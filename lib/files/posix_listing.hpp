#pragma once

#include "files/descriptor.hpp"
#include "files/disk.hpp"

#include <memory>
#include <string>

namespace rs::files {

// Lists the open directory from its beginning; `directory` keeps its own position. `path` is for messages.
Result<std::unique_ptr<Listing>> list_directory(int directory, std::shared_ptr<const std::string> path);

} // namespace rs::files
