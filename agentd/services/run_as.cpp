#include "agentd/services/run_as.hpp"

#include "agentd/services/account.hpp"

#include <grp.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace rs::agent {
namespace {

int refuse(int code, const std::string& what, const char* why) {
  std::fprintf(stderr, "agentd: %s: %s\n", what.c_str(), why);
  return code;
}

bool become(const Account& account) {
  return ::initgroups(account.name.c_str(), account.gid) == 0 && ::setresgid(account.gid, account.gid, account.gid) == 0 &&
         ::setresuid(account.uid, account.uid, account.uid) == 0;
}

} // namespace

int run_as_main(const std::string& user, const std::vector<std::string>& argv) {
  if (argv.empty()) return refuse(kCannotRun, "--run-as", "no program");
  const auto account = find_account(user);
  if (!account) return refuse(kCannotRun, "--run-as", account.error().message.c_str());
  if (!become(*account)) return refuse(kCannotRun, user, std::strerror(errno));
  std::vector<char*> pointers;
  for (const auto& text : argv) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  ::execv(pointers[0], pointers.data());
  return refuse(errno == ENOENT ? kNoProgram : kCannotRun, argv[0], std::strerror(errno));
}

} // namespace rs::agent
