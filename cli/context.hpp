#pragma once

#include "base/clock.hpp"
#include "cli/arguments.hpp"
#include "cli/output.hpp"
#include "cli/profile.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "crypto/random.hpp"

namespace rs::cli {

// What a verb has to work with.
struct Context {
  const Arguments& arguments;
  const Settings& settings;
  Profile profile;
  State state; // as read at the start; Profile::update() gives newer ones
  Output& output;
  Terminal& terminal;
  const Clock& clock;
  const Environment& environment;
  crypto::Random& random;
  std::optional<Millis> timeout; // --timeout
  describe::ErrorContext about;  // what is known of an error, should this end in one

  bool may_prompt() const { return terminal.input_is_terminal() && !arguments.has("--no-input"); }
  bool is_dry_run() const { return arguments.has("--dry-run"); }
};

} // namespace rs::cli
