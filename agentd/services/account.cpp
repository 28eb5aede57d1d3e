#include "agentd/services/account.hpp"

#include "base/os_string.hpp"

#include <pwd.h>
#include <unistd.h>
#include <vector>

namespace rs::agent {
namespace {

constexpr std::size_t kEntryBytes = 16 * 1024;

Account account_of(const passwd& entry) {
  const std::string home = entry.pw_dir;
  const std::string shell = entry.pw_shell;
  return {entry.pw_name, entry.pw_uid, entry.pw_gid, home.empty() ? "/" : home, shell.empty() ? "/bin/sh" : shell};
}

} // namespace

Result<Account> find_account(const std::string& name) {
  std::vector<char> buffer(kEntryBytes);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return fail(Errc::not_found, "no user '" + escape_for_display(name) + "' on this machine");
  return account_of(*found);
}

Account own_account() {
  std::vector<char> buffer(kEntryBytes);
  passwd entry{};
  passwd* found = nullptr;
  const auto uid = ::geteuid();
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return account_of(*found);
  return {std::to_string(uid), uid, ::getegid(), "/", "/bin/sh"};
}

bool is_root() { return ::geteuid() == 0; }

} // namespace rs::agent
