#include "agentd/services/program_path.hpp"

#include "base/os_string.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace rs::agent {

std::string_view env_value(const std::vector<std::string>& env, std::string_view name) {
  for (auto entry = env.rbegin(); entry != env.rend(); ++entry) {
    const std::string_view text = *entry;
    if (text.size() > name.size() && text.starts_with(name) && text[name.size()] == '=') return text.substr(name.size() + 1);
  }
  return {};
}

Result<std::string> program_path(const std::string& name, std::string_view search_path) {
  if (name.find('/') != std::string::npos) return name;
  bool forbidden = false;
  while (!name.empty() && !search_path.empty()) {
    const auto colon = search_path.find(':');
    const std::string candidate = std::string(search_path.substr(0, colon)) + "/" + name;
    search_path.remove_prefix(colon == std::string_view::npos ? search_path.size() : colon + 1);
    struct stat file{};
    if (candidate.front() != '/' || ::stat(candidate.c_str(), &file) != 0 || !S_ISREG(file.st_mode)) continue;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    forbidden = true;
  }
  const auto shown = escape_for_display(name);
  if (forbidden) return fail(Errc::permission, shown + ": not executable");
  return fail(Errc::not_found, shown + ": no such program");
}

Result<void> check_directory(const std::string& path) {
  struct stat file{};
  const auto shown = escape_for_display(path);
  if (::stat(path.c_str(), &file) != 0 || !S_ISDIR(file.st_mode)) return fail(Errc::not_found, shown + ": no such directory");
  if (::access(path.c_str(), X_OK) != 0) return fail(Errc::permission, shown + ": permission denied");
  return {};
}

} // namespace rs::agent
