#include "cli/help.hpp"

#include "base/version.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/print.hpp"
#include "cli/completion.hpp"
#include "cli/version_text.hpp"

#include <map>

namespace rs::cli::commands {
namespace {

// A line of the table that scripts rely on: an exit code and the names that lead to it.
Result<int> exit_codes(Context& context) {
  struct Row {
    std::string codes;
    std::string meaning;
  };
  std::map<int, Row> rows{
      {0, {"", "done, for all targets"}},
      {kExitLimit, {"", "remote command killed by --limit"}},
      {kExitOwn, {"", "single exec or shell: any failure of rsctl's own; the code of the JSON error tells which"}}};
  for (const auto& error : all_errors()) {
    auto& row = rows[error.exit_code];
    row.codes += (row.codes.empty() ? "" : " ") + std::string(error.name);
    row.meaning += (row.meaning.empty() ? "" : "; ") + std::string(error.meaning);
  }
  std::vector<describe::Node> items;
  for (const auto& [code, row] : rows)
    items.push_back(describe::Node::Object{{"exit_code", code}, {"codes", row.codes}, {"meaning", row.meaning}});
  RS_CHECK(context.output.list("rsctl.exit-codes.v1", items));
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
  const auto under = verbs_under(topics);
  if (under.empty())
    return fail(Errc::usage, "no help on '" + topics[0] + "'; there are exit-codes, environment and the commands");
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
