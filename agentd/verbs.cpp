#include "agentd/verbs.hpp"

#include "agentd/audit_file.hpp"
#include "agentd/daemon_main.hpp"
#include "agentd/enroll.hpp"
#include "agentd/machine.hpp"
#include "agentd/services/account.hpp"
#include "agentd/take_back.hpp"
#include "base/log.hpp"
#include "daemon/control_socket.hpp"
#include "daemon/version_report.hpp"

#include <filesystem>

namespace rs::agent {
namespace {

constexpr Logger log("agentd");
constexpr std::size_t kMaxTokenFile = 64 << 10;
constexpr Millis kControlTimeout{10'000};

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(kSpace) - from + 1));
}

Result<std::string> read_token(const Options& options, const World& world) {
  if (options.token_stdin) return world.read_stdin();
  if (!options.token_file.empty()) {
    RS_TRY(const auto bytes, daemon::read_file(options.token_file, kMaxTokenFile));
    return to_text(bytes);
  }
  if (auto token = world.environment("AGENTD_TOKEN")) return *token;
  return fail(Errc::usage, "enroll: no token; give --token-stdin, --token-file FILE or AGENTD_TOKEN");
}

Result<EnrolReport> enroll_here(const Options& options, const World& world, const StateDir& state_dir,
                                const std::string& config) {
  const auto name = options.name.empty() ? agent_name_from(host_name()) : options.name;
  RS_CHECK(check_name(name, "name"));
  RS_TRY(const auto text, read_token(options, world));
  RS_TRY(auto token, sealed::parse_enrol_token(trimmed(text)));
  daemon::Reactor reactor;
  return enroll(reactor, world.clock, world.random, state_dir, config, {std::move(token), name, world.environment});
}

int enrol_error(Printer& printer, const Error& error) {
  const bool token = error.code == Errc::sign_in || error.code == Errc::expired;
  return printer.error(error, token ? "ask for another token ('rsctl enroll-token create')" : "");
}

void note_consent(Printer& printer, const EnrolReport& report, const std::string& config) {
  if (!report.config_written) return printer.note(config + " was there and decides what is allowed");
  std::string names;
  for (const auto permission : report.allow) names += (names.empty() ? "" : ", ") + std::string(describe::enum_name(permission));
  printer.note("allowed to technicians of " + report.tenant + ": " + names + "; change it in " + config);
}

int enroll_verb(const Options& options, const World& world, const StateDir& state_dir, const std::string& config,
                Printer& printer) {
  const auto report = enroll_here(options, world, state_dir, config);
  if (!report) return enrol_error(printer, report.error());
  note_consent(printer, *report, config);
  return printer.item("agentd.enroll.v1", describe::to_node(*report));
}

int run_daemon_verb(const Options& options, const World& world, const StateDir& state_dir, const std::string& config,
                    Printer& printer) {
  const auto state = state_dir.load_state();
  if (!state) return printer.error(state.error());
  if (!*state) {
    if (options.token_file.empty())
      return printer.error(fail(Errc::not_found, state_dir.path() + ": this machine is not enrolled"), "run 'agentd enroll'");
    const auto report = enroll_here(options, world, state_dir, config);
    if (!report) return enrol_error(printer, report.error());
    note_consent(printer, *report, config);
  }
  const auto ended = daemon_main({state_dir, config, world.environment, options.ready_fd}, world.clock, world.random);
  return ended ? 0 : printer.error(ended.error());
}

// run and enroll: with the directory made and locked.
int with_state(const Options& options, const World& world, Printer& printer) {
  const auto config = options.config.empty() ? default_config_file() : options.config;
  const auto state_dir = StateDir::open(options.state_dir.empty() ? default_state_dir() : options.state_dir);
  if (!state_dir) return printer.error(state_dir.error());
  const auto lock = state_dir->lock();
  if (!lock) return printer.error(lock.error());
  if (options.verb == Verb::enroll) return enroll_verb(options, world, *state_dir, config, printer);
  return run_daemon_verb(options, world, *state_dir, config, printer);
}

// A record that cannot be written does not stop the user's word.
void record_offline(const StateDir& state_dir, const ControlRequest& request, WallTime now) {
  const auto state = state_dir.load_state();
  if (!state || !*state) return;
  auto file = AuditFile::open(state_dir.audit_file());
  const auto written =
      file ? file->append(local_record(**state, request, own_account().uid, now)) : Result<session::AuditRecord>(file.error());
  if (!written) log.error("audit-failed", {{"error", written.error().message}});
}

Result<describe::Node> take_back_offline(const StateDir& state_dir, const ControlRequest& request, WallTime now) {
  const auto lock = state_dir.lock();
  if (!lock && lock.error().code == Errc::not_found)
    return fail(Errc::not_found, "no agentd has its state in " + state_dir.path());
  if (!lock) return lock.error();
  RS_TRY(auto taken_back, state_dir.load_taken_back());
  RS_CHECK(apply(taken_back, request, now));
  RS_CHECK(state_dir.save_taken_back(taken_back));
  record_offline(state_dir, request, now);
  return describe::to_node(describe_taken_back(taken_back, now));
}

// A user's own agent where one runs, else the machine's.
std::string control_path(const Options& options) {
  if (!options.state_dir.empty()) return options.state_dir;
  std::error_code failed;
  const bool own = std::filesystem::exists(StateDir(default_state_dir()).socket(), failed);
  const bool system = std::filesystem::exists(StateDir(std::string(kSystemStateDir)).socket(), failed);
  return !own && system ? std::string(kSystemStateDir) : default_state_dir();
}

} // namespace

Result<describe::Node> control_verb(const StateDir& state_dir, const ControlRequest& request, const Clock& clock) {
  const auto answer = daemon::control_call(state_dir.socket(), describe::to_node(request), kControlTimeout);
  if (answer) return result_of(*answer);
  if (answer.error().code != Errc::not_found) return answer.error();
  if (request.verb == ControlVerb::status || request.verb == ControlVerb::end)
    return fail(Errc::not_found, "no agentd runs with the state directory " + state_dir.path());
  return take_back_offline(state_dir, request, clock.wall());
}

int run_verb(const Options& options, const World& world, Printer& printer) {
  switch (options.verb) {
    case Verb::help: return printer.text(options.help);
    case Verb::version:
      if (!printer.json()) return printer.text("agentd " + daemon::version_text() + "\n");
      return printer.item("agentd.version.v1", daemon::version_document());
    case Verb::run:
    case Verb::enroll: return with_state(options, world, printer);
    case Verb::control: break;
  }
  const auto result = control_verb(StateDir(control_path(options)), options.request, world.clock);
  if (!result) return printer.error(result.error());
  return printer.item("agentd." + std::string(describe::enum_name(options.request.verb)) + ".v1", *result);
}

} // namespace rs::agent
