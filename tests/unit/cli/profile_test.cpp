#include "cli/profile.hpp"
#include "scratch.hpp"
#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

namespace {

using namespace rs;
using test::Scratch;

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

TEST(CliProfile, TwentyAtOnceLoseNothing) {
  const Scratch scratch;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&, i] {
      const cli::Profile profile(scratch.path("p"), "p");
      EXPECT_TRUE(profile.update([&](cli::State& state) -> Result<void> {
        state.audit_heads.value["writer-" + std::to_string(i)] = {static_cast<std::uint64_t>(i), std::string(64, 'a')};
        return {};
      }));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(cli::Profile(scratch.path("p"), "p").load_state()->audit_heads->size(), 20u);
}

TEST(CliProfile, TwentyAtOnceMakeOnePairOfKeys) {
  const Scratch scratch;
  std::vector<std::thread> threads;
  std::array<crypto::PublicKey, 20> keys;
  for (std::size_t i = 0; i < keys.size(); ++i)
    threads.emplace_back(
        [&, i] { keys[i] = cli::Profile(scratch.path("p"), "p").ensure_identity(crypto::system_random())->sign.public_key(); });
  for (auto& thread : threads) thread.join();
  for (const auto& key : keys) EXPECT_EQ(key, keys[0]);
}

TEST(CliProfile, KeysAndStateArePrivate) {
  const Scratch scratch;
  const cli::Profile profile(scratch.path("p"), "p");
  ASSERT_TRUE(profile.ensure_identity(crypto::system_random()));
  ASSERT_TRUE(profile.update([](cli::State& state) -> Result<void> {
    state.server = "https://relay";
    return {};
  }));
  using std::filesystem::perms;
  for (const char* file : {"device.json", "state.json"})
    EXPECT_EQ(std::filesystem::status(scratch.path("p/") + file).permissions(), perms::owner_read | perms::owner_write) << file;
  EXPECT_EQ(std::filesystem::status(scratch.path("p")).permissions(), perms::owner_all);
}

TEST(CliProfile, AFailedChangeLeavesTheOldState) {
  const Scratch scratch;
  const cli::Profile profile(scratch.path("p"), "p");
  const auto outcome = profile.update([](cli::State& state) -> Result<void> {
    state.server = "https://other";
    return fail(Errc::server_identity, "no");
  });
  EXPECT_EQ(outcome.error().code, Errc::server_identity);
  EXPECT_FALSE(profile.load_state()->server);
}

TEST(CliProfile, WithoutKeysIsSignIn) {
  const Scratch scratch;
  EXPECT_EQ(cli::Profile(scratch.path("p"), "p").load_identity("").error().code, Errc::sign_in);
}

TEST(CliProfile, DamagedStateIsNamedAndNotReplaced) {
  const Scratch scratch;
  write(scratch.path("state.json"), "{\"server\":");
  const cli::Profile profile(scratch.path(), "p");
  EXPECT_EQ(profile.load_state().error().code, Errc::invalid);
  EXPECT_NE(profile.load_state().error().message.find("state.json"), std::string::npos);
  EXPECT_FALSE(profile.update([](cli::State&) -> Result<void> { return {}; }));
}

TEST(CliProfile, AnUnreadableCacheIsAMiss) {
  const Scratch scratch;
  const cli::Profile profile(scratch.path(), "p");
  EXPECT_FALSE(profile.cached_agent("box"));
  profile.cache_agent("box", "certificate");
  EXPECT_EQ(profile.cached_agent("box"), "certificate");
  profile.forget_agent("box");
  EXPECT_FALSE(profile.cached_agent("box"));
  std::filesystem::create_directories(scratch.path("agents/other"));
  EXPECT_FALSE(profile.cached_agent("other"));
  std::filesystem::create_directories(scratch.path("tickets"));
  EXPECT_FALSE(profile.tickets()->load("key"));
}

TEST(CliProfile, ACachesNameIsNoPath) {
  const Scratch scratch;
  const cli::Profile profile(scratch.path("p"), "p");
  for (const char* name : {"../x", "a/b", "", ".", ".."}) profile.cache_agent(name, "certificate");
  EXPECT_FALSE(std::filesystem::exists(scratch.path("p")));
}

TEST(CliProfile, TicketsAreKeptToTheEndOfTheCommandAndCanBeForgotten) {
  const Scratch scratch;
  const cli::Profile profile(scratch.path(), "p");
  profile.tickets()->save("key", to_bytes("ticket"));
  EXPECT_EQ(profile.tickets()->load("key"), to_bytes("ticket"));
  profile.tickets()->save("key", {});
  EXPECT_FALSE(profile.tickets()->load("key"));
}

TEST(CliConfig, IsStrictAndNamesTheField) {
  const Scratch scratch;
  write(scratch.path("config.yaml"), "profile: work\nprofiles:\n  work:\n    server: https://relay\n");
  const auto config = cli::load_config(scratch.path("config.yaml")).value();
  EXPECT_EQ(config.profiles->at("work").server, "https://relay");
  write(scratch.path("config.yaml"), "profiles:\n  work:\n    servr: https://relay\n");
  EXPECT_NE(cli::load_config(scratch.path("config.yaml")).error().message.find("servr"), std::string::npos);
  EXPECT_TRUE(cli::load_config(scratch.path("none.yaml")));
}

} // namespace
