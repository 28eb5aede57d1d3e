#include "cli/help.hpp"

#include "base/version.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/print.hpp"
#include "cli/completion.hpp"
#include "cli/version_text.hpp"

namespace rs::cli::commands {
namespace {

Result<int> exit_codes(Context& context) {
  std::vector<describe::Node> items;
  for (const auto& row : exit_code_rows())
    items.push_back(describe::Node::Object{{"exit_code", row.exit_code}, {"codes", row.codes}, {"meaning", row.meaning}});
  RS_CHECK(context.output.list("rsctl.exit-codes.v1", items));
  return 0;
}

Result<int> targets_topic(Context& context) {
  if (context.output.format() == describe::Format::table) {
    context.output.payload(help_on_targets());
    return 0;
  }
  std::vector<describe::Node> items;
  for (const auto& row : target_examples())
    items.push_back(describe::Node::Object{{"example", row.targets}, {"meaning", row.meaning}});
  RS_CHECK(context.output.list("rsctl.target-examples.v1", items));
  return 0;
}

Result<int> environment(Context& context) {
  std::vector<describe::Node> items;
  for (const auto& row : variables()) items.push_back(describe::Node::Object{{"name", row.name}, {"meaning", row.meaning}});
  RS_CHECK(context.output.list("rsctl.environment.v1", items));
  return 0;
}

} // namespace

Result<int> help(Context& context) {
  const auto& topics = context.arguments.positionals;
  if (topics.empty()) {
    context.output.payload(help_overview());
    return 0;
  }
  if (topics[0] == "exit-codes") return exit_codes(context);
  if (topics[0] == "environment") return environment(context);
  if (topics[0] == "targets") return targets_topic(context); // the command's own is `targets --help`
  const auto under = verbs_under(topics);
  if (under.empty())
    return fail(Errc::usage, "no help on '" + topics[0] + "'; there are exit-codes, environment, targets and the commands");
  context.output.payload(under.size() == 1 ? help_on(*under[0]) : help_on_group(under));
  return 0;
}

Result<int> completion(Context& context) {
  RS_TRY(const auto script, completion_script(context.arguments.positionals[0]));
  context.output.payload(script);
  return 0;
}

Result<int> version(Context& context) {
  if (context.output.format() == describe::Format::table) {
    context.output.payload("rsctl " + std::string(kVersion) + " (" + std::string(kCommit) + ", " + std::string(kCompiler) +
                           ", OpenSSL " + std::string(kOpensslVersion) + ")\n");
    return 0;
  }
  RS_CHECK(context.output.item(
      "rsctl.version.v1",
      describe::Node::Object{{"version", kVersion}, {"commit", kCommit}, {"compiler", kCompiler}, {"openssl", kOpensslVersion}}));
  return 0;
}

} // namespace rs::cli::commands
