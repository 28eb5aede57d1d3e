#pragma once

#include "describe/node.hpp"

#include <string>

namespace rs::daemon {

// What every program says to --version: as one line, and with --json as {version, commit, compiler, openssl}.
std::string version_text();
describe::Node version_document();

} // namespace rs::daemon
