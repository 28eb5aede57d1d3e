#pragma once

#include "agentd/control_messages.hpp"
#include "base/result.hpp"
#include "daemon/log_sink.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rs::agent {

enum class Verb { help, version, run, enroll, control };

// The command line of agentd.
struct Options {
  Verb verb = Verb::help;
  std::string help; // its text
  bool json = false;
  std::string config;    // "": the default
  std::string state_dir; // "": the default
  LogLevel log_level = LogLevel::info;
  daemon::LogFormat log_format = daemon::LogFormat::text;

  std::string token_file; // enroll --token-file, run --enroll-token-file
  bool token_stdin = false;
  std::string name;
  std::optional<int> ready_fd;

  ControlRequest request; // of Verb::control
};

// `usage` names what is wrong. `args` are those behind the program's name.
Result<Options> parse_options(const std::vector<std::string>& args);

} // namespace rs::agent
