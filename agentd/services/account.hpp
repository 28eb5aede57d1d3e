#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>

namespace rs::agent {

// A local user, as the system's databases say.
struct Account {
  std::string name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string home;
  std::string shell;
};

Result<Account> find_account(const std::string& name); // `not-found`
// Who this process is; where the databases do not know, the number as name, "/" as home.
Account own_account();
bool is_root();

} // namespace rs::agent
