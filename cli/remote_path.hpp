#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>

namespace rs::cli {

// "A:PATH": a path on an agent.
struct RemotePath {
  std::string agent;
  std::string path;
};

// Nothing where the text is a local path: what stands before its first ':' is no name or id. So "./a:b" is local.
std::optional<RemotePath> parse_remote(const std::string& text);
// `usage` where it is no A:PATH, or has no path.
Result<RemotePath> require_remote(const std::string& text);

} // namespace rs::cli
