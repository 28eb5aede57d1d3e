#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rs::agent {

// The value of `name` in K=V strings; the last one counts; empty where there is none.
std::string_view env_value(const std::vector<std::string>& env, std::string_view name);

// The program that `name` means: itself where it has a '/', else the first executable file of that name in
// `search_path` (colon-separated). `not-found` or `permission`, naming it.
Result<std::string> program_path(const std::string& name, std::string_view search_path);

// `not-found` or `permission` where one cannot go there.
Result<void> check_directory(const std::string& path);

} // namespace rs::agent
