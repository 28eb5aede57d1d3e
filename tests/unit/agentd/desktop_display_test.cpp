#include "agentd/services/display.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;
using namespace rs::agent;

constexpr std::uint32_t kAda = 1000, kBob = 1001;

DisplayFacts as_root() { return {}; }

TEST(DesktopDisplay, OnlyLocalNumbersAreNames) {
  for (const auto* text : {":0", ":1.0", ":65535", ":12.3"}) EXPECT_TRUE(check_display(text)) << text;
  for (const auto* text : {"", ":", "0", ":x", ":0.", ":0.x", ":0 ", " :0", "host:0", "unix:0", ":../../x", ":0/../1", ":99999",
                           ":-1", "/tmp/.X11-unix/X0", ":0\n"})
    EXPECT_FALSE(check_display(text)) << text;
}

TEST(DesktopDisplay, TheDaemonsOwnComesFirst) {
  auto facts = as_root();
  facts.own_uid = kAda;
  facts.own_display = ":3";
  facts.own_xauthority = "/home/ada/.Xauthority";
  facts.sockets = {{0, 0}};
  EXPECT_EQ(choose_display(facts, {}).value().front(), (DisplayTarget{":3", "/home/ada/.Xauthority", kAda}));
}

TEST(DesktopDisplay, AnotherMachinesDisplayIsNeverTheDaemonsOwn) {
  auto facts = as_root();
  facts.own_display = "localhost:10.0";
  EXPECT_EQ(choose_display(facts, {}).error().code, Errc::unsupported);
}

TEST(DesktopDisplay, TheSessionInFrontWinsThenTheLowestNumber) {
  auto facts = as_root();
  facts.sockets = {{1, 0}, {0, 0}, {2, 0}};
  facts.processes = {{kAda, ":0", "/a", "2", false}, {kBob, ":1", "/b", "7", false}};
  facts.active_vt = "7";
  EXPECT_EQ(choose_display(facts, {}).value().front(), (DisplayTarget{":1", "/b", kBob}));
  facts.active_vt = "";
  EXPECT_EQ(choose_display(facts, {}).value().front(), (DisplayTarget{":0", "/a", kAda}));
}

TEST(DesktopDisplay, AKeyIsTakenWhereOneIsKnown) {
  auto facts = as_root();
  facts.sockets = {{0, 0}};
  facts.processes = {{kAda, ":0", "", "", false}, {kAda, ":0.0", "/a", "", false}};
  EXPECT_EQ(choose_display(facts, ":0").value().front(), (DisplayTarget{":0", "/a", kAda}));
}

TEST(DesktopDisplay, TheSessionInFrontAndThenTheServersOwnUserAreTriedFirst) {
  auto facts = as_root();
  facts.sockets = {{22, 0}};
  facts.active_vt = "7";
  facts.processes = {{kBob, ":22", "/x", "", false}, {0, ":22", "/root", "", false}, {kAda, ":22", "/a", "7", false}};
  const std::vector<DisplayTarget> ways = {{":22", "/a", kAda}, {":22", "/root", 0}, {":22", "/x", kBob}, {":22", "", 0}};
  EXPECT_EQ(choose_display(facts, ":22").value(), ways);
}

TEST(DesktopDisplay, NobodyTakesAllTheWaysOrCallsTheSessionWayland) {
  auto facts = as_root();
  facts.sockets = {{22, 0}};
  facts.processes = {{kBob, ":22", "", "", true}, {kAda, ":22", "", "", false}};
  for (const auto* key : {"/1", "/2", "/3", "/4", "/5"}) facts.processes.push_back({kBob, ":22", key, "", false});
  const std::vector<DisplayTarget> ways = {{":22", "/1", kBob}, {":22", "/2", kBob}, {":22", "", kAda}, {":22", "", 0}};
  EXPECT_EQ(choose_display(facts, ":22").value(), ways);
}

TEST(DesktopDisplay, NobodysEnvironmentMakesAnothersDisplayHis) {
  auto facts = as_root();
  facts.sockets = {{5, kAda}};
  facts.processes = {{kBob, ":5", "/b", "", false}};
  EXPECT_EQ(choose_display(facts, ":5").value().front(), (DisplayTarget{":5", "", kAda}));
}

TEST(DesktopDisplay, NoneIsUnsupportedAndSaysWhatThereIs) {
  auto facts = as_root();
  const auto none = choose_display(facts, {});
  EXPECT_EQ(none.error(), fail(Errc::unsupported, "no display; start an X server, or name one with --display"));
  facts.sockets = {{1, 0}, {2, 0}};
  EXPECT_EQ(choose_display(facts, ":7").error().message, "no display :7; there are: :1 :2");
  EXPECT_EQ(choose_display(facts, "x").error().code, Errc::invalid);
}

TEST(DesktopDisplay, AWaylandSessionIsNamed) {
  auto facts = as_root();
  facts.processes = {{kAda, "", "", "2", true}};
  EXPECT_NE(choose_display(facts, {}).error().message.find("Wayland"), std::string::npos);
  facts.processes = {{kAda, ":0", "", "2", true}};
  facts.sockets = {{0, kAda}};
  EXPECT_EQ(choose_display(facts, {}).error().code, Errc::unsupported);
}

TEST(DesktopDisplay, TheRealMachineCanBeLookedAt) {
  const auto facts = read_display_facts(
      own_display_facts([](std::string_view name) { return std::optional<std::string>("own " + std::string(name)); }));
  EXPECT_EQ(facts.own_display, "own DISPLAY");
  EXPECT_EQ(facts.own_xauthority, "own XAUTHORITY");
}

} // namespace
