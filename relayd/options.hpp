#pragma once

#include "relayd/app.hpp"
#include "relayd/init.hpp"

#include <optional>
#include <string>

namespace rs::relay {

enum class Verb { none, version, init, serve };

// The command line as parsed, and nothing done yet.
struct Options {
  Verb verb = Verb::none;
  bool json = false;
  bool admin_password_stdin = false;
  std::string log_level = "info";
  std::string log_format = "text";
  std::optional<int> ready_fd;
  InitOptions init;
  ServeOptions serve;
};

// `usage` with what is wrong; or, where help was asked for, its text in `help`.
Result<Options> parse_options(int argc, char** argv, std::string& help);

} // namespace rs::relay
