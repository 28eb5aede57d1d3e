#pragma once

#include "cli/arguments.hpp"
#include "cli/profile_documents.hpp"
#include "describe/render.hpp"
#include "net/proxy.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rs::cli {

// A variable's value; a variable that is empty counts as unset.
using net::Environment;
Environment system_environment();

enum class Origin { flag, environment, profile, default_ };
RS_DESCRIBE_ENUM(Origin, flag, environment, profile, default_)

// One value and where it came from: the flag, variable or file that set it.
struct Setting {
  std::string name = {};
  std::optional<std::string> value = {};
  Origin origin = Origin::default_;
  std::optional<std::string> from = {};
};
RS_DESCRIBE(Setting, name, value, origin, from)

// Flag over environment over profile over default.
struct Settings {
  Setting config_dir{.name = "config-dir"};
  Setting config{.name = "config"};
  Setting profile{.name = "profile"};
  Setting server{.name = "server"};
  Setting output{.name = "output"};
  Setting fingerprint{.name = "fingerprint"};
  Setting org_fingerprint{.name = "org-fingerprint"};

  std::vector<const Setting*> all() const {
    return {&config_dir, &config, &profile, &server, &output, &fingerprint, &org_fingerprint};
  }
};

// A variable that a setting listens to, for help.
struct VariableRow {
  std::string_view name;
  std::string_view meaning;
};
std::span<const VariableRow> variables();

// What stands without a look at any file: the output format.
Setting output_setting(const Arguments& flags, const Environment& environment);
// Everything but what the profile's own files say. `usage` where there is no directory to look in.
Result<Settings> locate_settings(const Arguments& flags, const Environment& environment);
// Adds config.yaml and the state of the profile that was chosen. `usage`: the profile's name is none.
Result<void> choose_profile(Settings& settings, const Config& config);
void apply_profile(Settings& settings, const Config& config, const State& state, const std::string& state_file);

} // namespace rs::cli
