#include "cli/settings.hpp"
#include "net/proxy.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using cli::Origin;

cli::Environment environment(std::map<std::string, std::string> variables) {
  variables.try_emplace("HOME", "/home/ada");
  return [variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string(name));
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

cli::Settings settle(const cli::Arguments& flags, const cli::Environment& variables, const cli::Config& config = {},
                     const cli::State& state = {}) {
  auto settings = cli::locate_settings(flags, variables).value();
  EXPECT_TRUE(cli::choose_profile(settings, config));
  cli::apply_profile(settings, config, state, "state.json");
  return settings;
}

cli::Config config_with_server(const char* server) {
  cli::Config config;
  config.profiles.value["default"].server = server;
  return config;
}

TEST(Settings, FlagOverEnvironmentOverConfigOverState) {
  cli::Arguments flags;
  cli::State state;
  state.server = "https://state";
  EXPECT_EQ(settle(flags, environment({}), {}, state).server.value, "https://state");
  const auto config = config_with_server("https://config");
  EXPECT_EQ(settle(flags, environment({}), config, state).server.value, "https://config");
  const auto variables = environment({{"RSCTL_SERVER", "https://env"}});
  EXPECT_EQ(settle(flags, variables, config, state).server.value, "https://env");
  flags.add("--server", "https://flag");
  EXPECT_EQ(settle(flags, variables, config, state).server.value, "https://flag");
}

TEST(Settings, SayWhereTheyCameFrom) {
  const auto settings = settle({}, environment({{"RSCTL_OUTPUT", "yaml"}}), config_with_server("https://config"));
  EXPECT_EQ(settings.output.origin, Origin::environment);
  EXPECT_EQ(settings.output.from, "RSCTL_OUTPUT");
  EXPECT_EQ(settings.server.origin, Origin::profile);
  EXPECT_EQ(settings.server.from, "/home/ada/.config/rsctl/config.yaml");
  EXPECT_EQ(settings.profile.origin, Origin::default_);
  EXPECT_EQ(settings.profile.value, "default");
}

TEST(Settings, TheConfigNamesTheDefaultProfile) {
  cli::Config config;
  config.profile = "work";
  config.profiles.value["work"].output = "json";
  const auto settings = settle({}, environment({}), config);
  EXPECT_EQ(settings.profile.value, "work");
  EXPECT_EQ(settings.output.value, "json");
}

TEST(Settings, AProfilesNameIsNoPath) {
  cli::Arguments flags;
  flags.add("--profile", "../other");
  auto settings = cli::locate_settings(flags, environment({})).value();
  EXPECT_EQ(cli::choose_profile(settings, {}).error().code, Errc::usage);
}

TEST(Settings, JsonIsAnOutput) {
  cli::Arguments flags;
  flags.add("--json", "");
  EXPECT_EQ(cli::output_setting(flags, environment({{"RSCTL_OUTPUT", "yaml"}})).value, "json");
}

TEST(Proxy, IsUsedButForTheExceptions) {
  const auto with = [](const char* no_proxy) { return environment({{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", no_proxy}}); };
  EXPECT_EQ(net::proxy_for("relay.example.com", with("")), "http://p:1");
  for (const char* except : {"*", "relay.example.com", ".example.com", "example.com", "a.b, RELAY.example.com"})
    EXPECT_FALSE(net::proxy_for("relay.example.com", with(except))) << except;
  for (const char* other : {"ample.com", "relay.example.co", "other"})
    EXPECT_TRUE(net::proxy_for("relay.example.com", with(other))) << other;
  EXPECT_FALSE(net::proxy_for("relay.example.com", environment({})));
}

} // namespace
