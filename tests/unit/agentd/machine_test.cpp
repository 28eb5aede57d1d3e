#include "agentd/machine.hpp"

#include "base/ids.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;

TEST(Machine, MakesAnAgentNameOfEveryHostName) {
  struct Case {
    std::string host, name;
  };
  const Case cases[] = {{"web-01.example", "web-01.example"},
                        {"-lead", "lead"},
                        {"büro pc", "b--ro-pc"},
                        {"", "agent"},
                        {"...", "agent"},
                        {std::string(80, 'x'), std::string(64, 'x')},
                        {"a-abcdefghijklmnopqrst", "host-a-abcdefghijklmnopqrst"}};
  for (const auto& [host, name] : cases) {
    EXPECT_EQ(agent::agent_name_from(host), name) << host;
    EXPECT_TRUE(check_name(agent::agent_name_from(host), "name")) << host;
  }
}

TEST(Machine, KnowsItselfAndTheMinuteOfItsDay) {
  EXPECT_FALSE(agent::os_name().empty());
  const auto minute = agent::local_minute(from_unix_seconds(1'800'000'000));
  EXPECT_GE(minute, 0);
  EXPECT_LT(minute, 24 * 60);
  EXPECT_EQ(agent::local_minute(from_unix_seconds(1'800'000'060)), (minute + 1) % (24 * 60));
}

} // namespace
