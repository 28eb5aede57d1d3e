#pragma once

#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs.hpp"
#include "crypto/random.hpp"

#include <functional>

namespace rs::cli {

// What the process is given; tests give others.
struct World {
  Terminal& terminal;
  const Clock& clock;
  Environment environment;
  crypto::Random& random;
  // options.cpp's parse_options(), the one unit with the command line library.
  std::function<Result<Arguments>(const Found&)> parse;
};

// One command from its arguments (without the program's name) to its exit code.
int run(World world, std::span<const std::string> arguments);

} // namespace rs::cli
