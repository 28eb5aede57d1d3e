#include "cli/commands/exec_request.hpp"

#include "daemon/files.hpp"

namespace rs::cli {
namespace {

constexpr int kSignalBase = 128;

Result<std::string> script_text(Context& context, const std::string& file) {
  if (file == "-") return context.terminal.read_input(kMaxScript, "--script");
  auto bytes = daemon::read_file(file, kMaxScript);
  if (!bytes) return within("--script", bytes.error());
  return to_text(*bytes);
}

Result<void> add_environment(const Arguments& arguments, session::ExecParams& params) {
  for (const auto& variable : arguments.values("--env")) {
    const auto equals = variable.find('=');
    if (equals == std::string::npos || equals == 0) return fail(Errc::usage, "--env: '" + variable + "' is not K=V");
    params.env.value.emplace_back(variable);
  }
  return {};
}

} // namespace

Result<session::ExecParams> exec_params(Context& context) {
  const auto& arguments = context.arguments;
  const auto script = arguments.value("--script");
  session::ExecParams params;
  if (arguments.command) params.argv.assign(arguments.command->begin(), arguments.command->end());
  if (params.argv.empty() && !script) return fail(Errc::usage, "no command: give '-- CMD…' or --script FILE");
  if (script && arguments.has("--shell")) return fail(Errc::usage, "--shell and --script exclude each other");
  RS_CHECK(add_environment(arguments, params));
  if (const auto cwd = arguments.value("--cwd")) params.cwd = OsString(*cwd);
  if (const auto user = arguments.value("--user")) params.user = OsString(*user);
  RS_TRY(params.limit, arguments.duration("--limit"));
  params.shell = arguments.has("--shell");
  params.stdin_ = !arguments.has("--no-stdin") && script != "-";
  if (script) {
    RS_TRY(params.script, script_text(context, *script));
  }
  return params;
}

int exit_code_of(const session::ExecResult& result) {
  if (result.limit_hit) return kExitLimit;
  if (result.signal) return kSignalBase + *result.signal;
  return result.exit_code.value_or(kExitOwn);
}

} // namespace rs::cli
