#include "agentd/services/exec_plan.hpp"

#include "agentd/services/account.hpp"
#include "agentd/services/program_path.hpp"
#include "base/os_string.hpp"

#include <cstdlib>

namespace rs::agent {
namespace {

using session::ExecParams;

Error invalid(std::string_view field, std::string_view why) {
  return fail(Errc::invalid, std::string(field) + ": " + std::string(why));
}

bool has_nul(const OsString& text) { return text.bytes.find('\0') != std::string::npos; }

Result<void> check_sizes(const ExecParams& params) {
  std::size_t total = 0;
  for (const auto& argument : params.argv) total += argument.bytes.size() + 1;
  for (const auto& entry : *params.env) total += entry.bytes.size() + 1;
  if (total > session::kMaxArgvBytes)
    return fail(Errc::limit, "argv: arguments and environment have " + std::to_string(total) + " bytes, at most " +
                                 std::to_string(session::kMaxArgvBytes) + " are taken");
  if (params.script && params.script->bytes.size() > session::kMaxScriptBytes)
    return fail(Errc::limit, "script: " + std::to_string(params.script->bytes.size()) + " bytes, at most " +
                                 std::to_string(session::kMaxScriptBytes) + " are taken");
  return {};
}

Result<void> check_texts(const ExecParams& params) {
  for (const auto& argument : params.argv) {
    if (has_nul(argument)) return invalid("argv", "an argument contains a NUL byte");
  }
  for (const auto& entry : *params.env) {
    const auto equals = entry.bytes.find('=');
    if (has_nul(entry) || equals == std::string::npos || equals == 0)
      return invalid("env", "each entry is K=V, without NUL bytes");
  }
  if (params.cwd && (params.cwd->bytes.empty() || has_nul(*params.cwd))) return invalid("cwd", "empty, or contains a NUL byte");
  if (params.user && (params.user->bytes.empty() || has_nul(*params.user)))
    return invalid("user", "empty, or contains a NUL byte");
  return {};
}

Result<void> check(const ExecParams& params) {
  RS_CHECK(check_sizes(params));
  RS_CHECK(check_texts(params));
  if (params.script && *params.shell) return invalid("shell", "not together with script");
  if (!params.script && (params.argv.empty() || params.argv.front().bytes.empty())) return invalid("argv", "no program");
  if (params.limit && params.limit->count() <= 0) return invalid("limit", "must be above 0");
  return {};
}

Result<Account> account_for(const ExecParams& params) {
  const auto own = own_account();
  if (!params.user || params.user->bytes == own.name) return own;
  RS_TRY(const auto other, find_account(params.user->bytes));
  if (!is_root()) return fail(Errc::permission, "user: this agent runs as " + own.name + " and cannot become " + other.name);
  return other;
}

std::vector<std::string> environment(const ExecParams& params, const Account& account, const session::Caller& caller,
                                     const ExecSettings& settings) {
  const char* lang = std::getenv("LANG");
  std::vector<std::string> env = {
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "HOME=" + account.home,
      "USER=" + account.name,
      "LOGNAME=" + account.name,
      "SHELL=" + account.shell,
      std::string("LANG=") + (lang != nullptr && *lang != '\0' ? lang : "C.UTF-8"),
      "RS_AGENT_ID=" + settings.agent_id,
      "RS_AGENT_NAME=" + settings.agent_name,
      "RS_SESSION=" + caller.session.text(),
  };
  for (const auto& entry : *params.env) {
    const auto name = entry.bytes.substr(0, entry.bytes.find('=') + 1);
    std::erase_if(env, [&](const std::string& old) { return old.starts_with(name); });
    env.push_back(entry.bytes);
  }
  return env;
}

std::vector<std::string> command(const ExecParams& params, const ScriptFile* script) {
  std::vector<std::string> argv;
  for (const auto& argument : params.argv) argv.push_back(argument.bytes);
  if (script != nullptr) {
    auto interpreter = script->command();
    argv.insert(argv.begin(), interpreter.begin(), interpreter.end());
  } else if (*params.shell) {
    std::string line;
    for (const auto& argument : argv) line += (line.empty() ? "" : " ") + argument;
    argv = {"/bin/sh", "-c", line};
  }
  return argv;
}

// A home that is not there (accounts of services) is no reason to refuse.
std::string working_directory(const ExecParams& params, const Account& account) {
  if (params.cwd) return params.cwd->bytes;
  return check_directory(account.home) ? account.home : "/";
}

} // namespace

Result<ExecPlan> plan_exec(const ExecParams& params, const session::Caller& caller, const ExecSettings& settings) {
  RS_CHECK(check(params));
  RS_TRY(const auto account, account_for(params));
  ExecPlan plan;
  if (params.script) {
    RS_TRY(plan.script, ScriptFile::write(settings.temp_dir, params.script->bytes, account));
  }
  plan.options.argv = command(params, plan.script.get());
  plan.options.env = environment(params, account, caller, settings);
  plan.options.cwd = working_directory(params, account);
  plan.options.use_stdin = *params.stdin_;
  plan.options.warden = settings.warden;
  if (params.user && account.name != own_account().name) {
    plan.options.run_as_prefix = settings.run_as;
    plan.options.run_as_prefix.insert(plan.options.run_as_prefix.end(), {account.name, "--"});
  }
  return plan;
}

} // namespace rs::agent
