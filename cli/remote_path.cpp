#include "cli/remote_path.hpp"

#include <algorithm>

namespace rs::cli {
namespace {

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// What a name or an id is made of.
bool is_agent(std::string_view text) {
  return !text.empty() && is_alphanumeric(text[0]) &&
         std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

} // namespace

std::optional<RemotePath> parse_remote(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos || !is_agent(std::string_view(text).substr(0, colon))) return std::nullopt;
  return RemotePath{text.substr(0, colon), text.substr(colon + 1)};
}

Result<RemotePath> require_remote(const std::string& text) {
  auto remote = parse_remote(text);
  if (!remote) return fail(Errc::usage, "'" + text + "' is no path on an agent; write A:PATH");
  if (remote->path.empty()) return fail(Errc::usage, "'" + text + "' has no path behind the ':'");
  return std::move(*remote);
}

} // namespace rs::cli
