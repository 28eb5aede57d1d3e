#include "cli/commands/commands.hpp"
#include "cli/commands/documents.hpp"
#include "cli/commands/exec_request.hpp"
#include "cli/commands/exec_streams.hpp"
#include "cli/commands/print.hpp"

namespace rs::cli::commands {
namespace {

constexpr OptionRow kExecOptions[] = {
    {"--cwd", "D", "directory to run in; default: the user's home", "", false, {}},
    {"--env", "K=V", "a variable beside the clean environment", "", true, {}},
    {"--user", "U", "run as this user", "", false, {}},
    {"--no-stdin", "", "give it no stdin", "", false, {}},
    {"--limit", "D", "kill it after so long; the exit code is then 124", "", false, {}},
    {"--shell", "", "CMD, joined by spaces, is run by /bin/sh -c", "", false, {}},
    {"--script", "FILE|-", "run this file there, CMD being its arguments; -: from stdin", "", false, {}},
};

bool collects(describe::Format format) {
  return format == describe::Format::json || format == describe::Format::ndjson || format == describe::Format::yaml;
}

Result<int> report(Context& context, const ExecOutcome& outcome) {
  const auto& result = outcome.result;
  if (collects(context.output.format())) {
    const ExecReport document{result.exit_code, result.signal,     result.limit_hit,  outcome.out,
                              outcome.err,      outcome.truncated, result.duration_ms};
    RS_CHECK(context.output.item("rsctl.exec.v1", describe::to_node(document), field_names<ExecReport>()));
  }
  return exit_code_of(result);
}

} // namespace

std::span<const OptionRow> exec_options() { return kExecOptions; }

Result<int> exec(Context& context) {
  const auto& as = context.arguments.positionals[0];
  context.about.target = as;
  RS_CHECK(context.output.check_fields(field_names<ExecReport>()));
  RS_TRY(const auto params, exec_params(context));
  if (context.is_dry_run()) {
    context.output.note("would run it on " + as);
    return 0;
  }
  ExecStreams streams(context, {std::string(session::kExecCall), as, describe::to_node(params), TrafficClass::interactive},
                      {*params.stdin_, collects(context.output.format())});
  RS_TRY(const auto outcome, streams.run());
  return report(context, outcome);
}

} // namespace rs::cli::commands
