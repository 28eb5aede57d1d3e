#include "lab.hpp"

namespace rs::test {
namespace {

class ProgramsTargets : public Lab {
 protected:
  void enroll_tagged(const std::string& name, const std::vector<std::string>& tags) {
    std::vector<std::string> create{"enroll-token", "create", "--json"};
    for (const auto& tag : tags) create.insert(create.end(), {"--tag", tag});
    const auto token = rsctl(create);
    ASSERT_EQ(token.exit_code, 0) << token.err;
    auto arguments = agent_arguments(name);
    arguments.insert(arguments.end(), {"enroll", "--token-stdin", "--name", name});
    ASSERT_EQ(run("agentd", arguments, field(token.out, "token") + "\n").exit_code, 0);
  }
  std::string names(std::vector<std::string> arguments, const std::string& in = {}) {
    arguments.insert(arguments.begin(), {"targets", "-o", "name"});
    const auto result = rsctl(arguments, in);
    return result.exit_code == 0 ? result.out : "exit " + std::to_string(result.exit_code);
  }
};

TEST_F(ProgramsTargets, AFleetIsSelectedByItsCertificates) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  ASSERT_NO_FATAL_FAILURE(enroll_tagged("web1", {"role=web", "site=St. Gallen"}));
  ASSERT_NO_FATAL_FAILURE(enroll_tagged("web2", {"role=web"}));
  ASSERT_NO_FATAL_FAILURE(enroll_tagged("db1", {"role=db"}));
  EXPECT_EQ(names({"-l", "role=web"}), "web1\nweb2\n");
  EXPECT_EQ(names({"-l", "online"}), "box\n");
  EXPECT_EQ(names({"-l", "tag.site, !online | name~^db"}), "db1\nweb1\n");
  EXPECT_EQ(names({"db1", "-l", "site='St. Gallen'"}), "db1\nweb1\n");
  EXPECT_EQ(names({"-w", "web[1-2]", "-x", "web2"}), "web1\n");
  EXPECT_EQ(names({"-w", "-", "--all"}, "web2 # first\n"), "web2\nbox\ndb1\nweb1\n");
  EXPECT_EQ(names({"web[1-2]"}), "exit 3");
  EXPECT_EQ(names({"-l", "role=web,"}), "exit 2");
  EXPECT_EQ(rsctl({"agents", "list", "-l", "role=db", "-o", "name"}).out, "db1\n");
}

} // namespace
} // namespace rs::test
