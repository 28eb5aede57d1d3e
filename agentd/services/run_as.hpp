#pragma once

#include <string>
#include <vector>

namespace rs::agent {

inline constexpr int kCannotRun = 126; // as a shell says it
inline constexpr int kNoProgram = 127;

// The hidden mode `agentd --run-as USER -- ARGV…`: takes the user's groups, gid and uid, for good, then becomes
// the program, whose argv[0] is a path. Returns only where that fails, with what this process must exit with; the
// reason is on stderr.
int run_as_main(const std::string& user, const std::vector<std::string>& argv);

} // namespace rs::agent
