#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace rs::files {

// `directory` and `name` as one path: "/" and "." add nothing that a reader would miss.
std::string path_below(const std::string& directory, std::string_view name);

// What the system refused at `path`; the code is system_errc()'s.
Error path_error(const std::string& path, int errno_value);

// Where an entry is, for messages: a path becomes a string only when there is something to say about it.
struct EntryPath {
  std::shared_ptr<const std::string> directory;
  std::string name; // empty: the directory itself

  std::string text() const;
  Error failed(int errno_value) const { return path_error(text(), errno_value); }
};

} // namespace rs::files
