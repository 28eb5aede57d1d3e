#include "agentd/options.hpp"

#include <CLI/CLI.hpp>

namespace rs::agent {
namespace {

// What the texts of the command line become after parsing.
struct Raw {
  Options options;
  bool version = false;
  std::string log_level = "info";
  std::string log_format = "text";
  std::string session;
  std::string technician;
  std::string until;
  bool all = false;
};

void add_global(CLI::App& app, Raw& raw) {
  app.add_flag("--version", raw.version, "Print the version");
  app.add_flag("--json", raw.options.json, "Print one JSON object");
  app.add_option("--config", raw.options.config,
                 "Policy file (root: /etc/agentd/agentd.yaml, else ~/.config/agentd/agentd.yaml)");
  app.add_option("--state-dir", raw.options.state_dir, "State directory (root: /var/lib/agentd, else ~/.local/state/agentd)");
  app.add_option("--log-level", raw.log_level, "debug, info, warning or error")->capture_default_str();
  app.add_option("--log-format", raw.log_format, "text or json")->capture_default_str();
}

void add_run(CLI::App& app, Raw& raw) {
  auto& verb = *app.add_subcommand("run", "Serve this machine until SIGTERM; SIGHUP reads the policy file again");
  verb.add_option("--enroll-token-file", raw.options.token_file, "Enrol first with the token in FILE; ignored once enrolled");
  verb.add_option("--ready-fd", raw.options.ready_fd,
                  "Descriptor that gets a line with the agent's id once the relay has taken it");
  verb.callback([&raw] { raw.options.verb = Verb::run; });
}

void add_enroll(CLI::App& app, Raw& raw) {
  auto& verb = *app.add_subcommand(
      "enroll", "Make this machine an agent of a tenant; the token is read from AGENTD_TOKEN where no option says else");
  auto* from_stdin = verb.add_flag("--token-stdin", raw.options.token_stdin, "Read the enrolment token from stdin");
  verb.add_option("--token-file", raw.options.token_file, "Read it from FILE")->excludes(from_stdin);
  verb.add_option("--name", raw.options.name, "The agent's name (default: of the host's)");
  verb.callback([&raw] { raw.options.verb = Verb::enroll; });
}

CLI::App& add_control(CLI::App& app, Raw& raw, ControlVerb verb, const std::string& what) {
  auto& added = *app.add_subcommand(std::string(describe::enum_name(verb)), what);
  added.callback([&raw, verb] {
    raw.options.verb = Verb::control;
    raw.options.request.verb = verb;
  });
  return added;
}

// One positional or --all, and not both.
void add_one_or_all(CLI::App& verb, Raw& raw, const std::string& name, std::string& into, const std::string& what) {
  auto* one = verb.add_option(name, into, what);
  verb.add_flag("--all", raw.all, "All of them")->excludes(one);
}

void add_verbs(CLI::App& app, Raw& raw) {
  add_run(app, raw);
  add_enroll(app, raw);
  add_control(app, raw, ControlVerb::status, "Who this agent is, whether it is connected, and its sessions");
  add_one_or_all(add_control(app, raw, ControlVerb::end, "End a session, or all"), raw, "SESSION", raw.session,
                 "Id of the session");
  add_control(app, raw, ControlVerb::block, "End all sessions and refuse new ones")
      .add_option("--until", raw.until, "A time (RFC 3339, UTC) at which the block ends by itself");
  add_control(app, raw, ControlVerb::unblock, "Lift a block (root only)");
  add_one_or_all(add_control(app, raw, ControlVerb::revoke, "End a technician's sessions and refuse him from now on"), raw,
                 "TECHNICIAN", raw.technician, "E-mail address of the technician");
}

Error usage(std::string what) { return fail(Errc::usage, std::move(what)); }

Result<void> finish_control(Raw& raw) {
  auto& request = raw.options.request;
  const bool end = request.verb == ControlVerb::end;
  if ((end || request.verb == ControlVerb::revoke) && !raw.all && raw.session.empty() && raw.technician.empty())
    return usage(end ? "end: SESSION or --all" : "revoke: TECHNICIAN or --all");
  if (!raw.session.empty()) {
    auto id = SessionId::parse(raw.session);
    if (!id) return usage("SESSION: " + id.error().message);
    request.session = *id;
  }
  if (!raw.technician.empty()) request.technician = raw.technician;
  if (!raw.until.empty()) {
    auto until = from_rfc3339(raw.until);
    if (!until) return usage("--until: " + until.error().message);
    request.until = *until;
  }
  return {};
}

Result<Options> finish(Raw& raw) {
  auto level = daemon::parse_log_level(raw.log_level);
  if (!level) return usage("--log-level: " + level.error().message);
  auto format = daemon::parse_log_format(raw.log_format);
  if (!format) return usage("--log-format: " + format.error().message);
  raw.options.log_level = *level;
  raw.options.log_format = *format;
  if (raw.version) raw.options.verb = Verb::version;
  else if (raw.options.verb == Verb::help) return usage("no verb");
  if (raw.options.verb == Verb::control) RS_CHECK(finish_control(raw));
  return std::move(raw.options);
}

} // namespace

Result<Options> parse_options(const std::vector<std::string>& args) {
  Raw raw;
  CLI::App app("The supported computer's side of remote support: an agent of a tenant, behind outgoing connections only",
               "agentd");
  app.require_subcommand(0, 1);
  app.fallthrough();
  add_global(app, raw);
  add_verbs(app, raw);
  try {
    app.parse(std::vector<std::string>(args.rbegin(), args.rend())); // CLI11 takes them from the back
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    Options help;
    help.help = chosen.empty() ? app.help() : chosen[0]->help("agentd");
    return help;
  } catch (const CLI::ParseError& error) {
    return usage(error.what());
  }
  return finish(raw);
}

} // namespace rs::agent
