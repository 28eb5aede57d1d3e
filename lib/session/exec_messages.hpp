#pragma once

#include "base/clock.hpp"
#include "base/os_string.hpp"
#include "describe/codec.hpp"
#include "describe/describe.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

// "exec.run": what both ends say, and the kinds of its streams.
namespace rs::session {

inline constexpr std::string_view kExecCall = "exec.run";
inline constexpr std::uint8_t kExecStdin = 1;
inline constexpr std::uint8_t kExecStdout = 2;
inline constexpr std::uint8_t kExecStderr = 3;

// Both travel inside the call's request, which is one document (wire::kMaxDocument), base64 where they are no UTF-8.
inline constexpr std::size_t kMaxScriptBytes = 128 << 10;
inline constexpr std::size_t kMaxArgvBytes = 128 << 10; // argv and env together, terminators counted

struct ExecParams {
  std::vector<OsString> argv;                     // with `script` its arguments, and then it may be empty
  describe::Defaulted<std::vector<OsString>> env; // K=V each, beside the clean environment
  std::optional<OsString> cwd;                    // default: the user's home
  std::optional<OsString> user;                   // default: the agent's own
  std::optional<Millis> limit;                    // then the process group is killed
  describe::Defaulted<bool> shell;                // argv joined by spaces, run by /bin/sh -c
  std::optional<OsString> script;                 // contents: run by their #! line, or /bin/sh
  describe::Defaulted<bool> stdin_;               // false: /dev/null
};
RS_DESCRIBE(ExecParams, argv, env, cwd, user, limit, shell, script, stdin_)

// `exit_code` or `signal`; the program's, whatever became of its children.
struct ExecResult {
  std::optional<int> exit_code;
  std::optional<int> signal;
  bool limit_hit = false;
  std::uint64_t duration_ms = 0;
};
RS_DESCRIBE(ExecResult, exit_code, signal, limit_hit, duration_ms)

} // namespace rs::session
