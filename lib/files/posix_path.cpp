#include "files/posix_path.hpp"

#include "base/system_errc.hpp"

#include <system_error>

namespace rs::files {

std::string path_below(const std::string& directory, std::string_view name) {
  if (directory == ".") return std::string(name);
  return directory + (directory.ends_with('/') ? "" : "/") + std::string(name);
}

Error path_error(const std::string& path, int errno_value) {
  return fail(system_errc(errno_value), path + ": " + std::generic_category().message(errno_value));
}

std::string EntryPath::text() const { return name.empty() ? *directory : path_below(*directory, name); }

} // namespace rs::files
