#include "cli/settings.hpp"

#include "base/ids.hpp"

#include <cstdlib>
#include <span>

namespace rs::cli {
namespace {

constexpr VariableRow kVariables[] = {
    {"RSCTL_SERVER", "URL of the relay, as --server"},
    {"RSCTL_PROFILE", "name of the profile, as --profile"},
    {"RSCTL_OUTPUT", "output format, as --output"},
    {"RSCTL_CONFIG_DIR", "directory of config.yaml and the profiles; default ~/.config/rsctl"},
    {"RSCTL_FINGERPRINT", "identity of the relay, as 'login --fingerprint'"},
    {"RSCTL_ORG_FINGERPRINT", "identity of the organisation, as 'login --org-fingerprint'"},
    {"HTTPS_PROXY", "http://[USER:PASSWORD@]HOST:PORT of a proxy"},
    {"NO_PROXY", "hosts that are reached without it: names, .suffixes or *, separated by commas"},
    {"NO_COLOR", "no colours, whatever the terminal can do"},
};

void set(Setting& setting, Origin origin, std::string value, std::string from) {
  setting.value = std::move(value);
  setting.origin = origin;
  setting.from = std::move(from);
}

void from_outside(Setting& setting, const Arguments& flags, std::string_view flag, const Environment& environment,
                  std::string_view variable) {
  if (auto given = flags.value(flag)) return set(setting, Origin::flag, std::move(*given), std::string(flag));
  if (variable.empty()) return;
  if (auto given = environment(variable)) set(setting, Origin::environment, std::move(*given), std::string(variable));
}

void from_profile(Setting& setting, const std::optional<std::string>& value, const std::string& from) {
  if (!setting.value && value && !value->empty()) set(setting, Origin::profile, *value, from);
}

void by_default(Setting& setting, std::string value) {
  if (!setting.value) setting.value = std::move(value);
}

} // namespace

Environment system_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
}

std::span<const VariableRow> variables() { return kVariables; }

Setting output_setting(const Arguments& flags, const Environment& environment) {
  Setting output{.name = "output"};
  if (flags.has("--json")) set(output, Origin::flag, "json", "--json");
  else from_outside(output, flags, "--output", environment, "RSCTL_OUTPUT");
  return output;
}

Result<Settings> locate_settings(const Arguments& flags, const Environment& environment) {
  Settings out;
  out.output = output_setting(flags, environment);
  from_outside(out.config_dir, flags, "", environment, "RSCTL_CONFIG_DIR");
  if (!out.config_dir.value) {
    const auto home = environment("HOME");
    if (!home) return fail(Errc::usage, "neither RSCTL_CONFIG_DIR nor HOME is set");
    by_default(out.config_dir, *home + "/.config/rsctl");
  }
  from_outside(out.config, flags, "--config", environment, "");
  by_default(out.config, *out.config_dir.value + "/config.yaml");
  from_outside(out.profile, flags, "--profile", environment, "RSCTL_PROFILE");
  from_outside(out.server, flags, "--server", environment, "RSCTL_SERVER");
  from_outside(out.fingerprint, flags, "--fingerprint", environment, "RSCTL_FINGERPRINT");
  from_outside(out.org_fingerprint, flags, "--org-fingerprint", environment, "RSCTL_ORG_FINGERPRINT");
  return out;
}

Result<void> choose_profile(Settings& settings, const Config& config) {
  from_profile(settings.profile, config.profile, *settings.config.value);
  by_default(settings.profile, "default");
  if (auto good = check_name(*settings.profile.value, "profile"); !good) return fail(Errc::usage, good.error().message);
  return {};
}

void apply_profile(Settings& settings, const Config& config, const State& state, const std::string& state_file) {
  const auto& profiles = *config.profiles;
  if (const auto found = profiles.find(*settings.profile.value); found != profiles.end()) {
    from_profile(settings.server, found->second.server, *settings.config.value);
    from_profile(settings.output, found->second.output, *settings.config.value);
  }
  from_profile(settings.server, state.server, state_file);
  if (state.relay) from_profile(settings.fingerprint, state.relay->fingerprint, state_file);
  if (state.org) from_profile(settings.org_fingerprint, state.org->fingerprint, state_file);
  by_default(settings.output, "table");
}

} // namespace rs::cli
