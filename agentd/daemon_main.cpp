#include "agentd/daemon_main.hpp"

#include "agentd/app.hpp"
#include "agentd/control_service.hpp"
#include "agentd/services/account.hpp"
#include "agentd/services/diag.hpp"
#include "agentd/services/exec.hpp"
#include "agentd/services/files/services.hpp"
#include "agentd/services/screenshot.hpp"
#include "base/log.hpp"
#include "daemon/ready.hpp"
#include "daemon/signals.hpp"

#include <csignal>

namespace rs::agent {
namespace {

constexpr Logger log("agentd");
constexpr Millis kStopWithin{5'000};
constexpr std::size_t kFileWorkers = 16; // transfers and listings that block beside each other
constexpr Millis kSweepEvery{3'600'000};

// What the services work with: they are made anew for each link, this lives as long as the daemon.
class ServiceParts {
 public:
  ServiceParts(const DaemonSettings& settings, daemon::Reactor& reactor, const Clock& clock, crypto::Random& random,
               Warden& warden)
      : reactor_(reactor), clock_(clock), random_(random), warden_(warden), environment_(settings.environment),
        forbidden_{settings.state_dir.path(), settings.config_file}, journals_(settings.state_dir.path() + "/transfers"),
        workers_("files", kFileWorkers), diag_(reactor, clock), desktops_(reactor, {}), sweep_(reactor) {}

  std::vector<session::Service> services(const AgentState& state, const session::Policy& policy) {
    ExecSettings exec;
    exec.agent_id = state.agent.text();
    exec.agent_name = state.name;
    exec.warden = &warden_;
    auto services = files_services(std::make_shared<FilesSettings>(
        FilesSettings{reactor_, clock_, random_, workers_, own_account().home, forbidden_,
                      [&policy]() -> const session::FilesPolicy& { return *policy.files; }, journals_}));
    services.push_back(exec_service(reactor_, clock_, std::move(exec)));
    services.push_back(diag_service(diag_));
    services.push_back(screenshot_service(reactor_, clock_, desktops_, display_source(environment_, workers_.strand())));
    return services;
  }

  // Now and then: what cut transfers have left and nobody came back for.
  void keep_sweeping() {
    workers_.strand()([journals = journals_, now = clock_.wall()] { journals.sweep(now); });
    sweep_.after(kSweepEvery, [this] { keep_sweeping(); });
  }

 private:
  daemon::Reactor& reactor_;
  const Clock& clock_;
  crypto::Random& random_;
  Warden& warden_;
  net::Environment environment_;
  std::vector<std::string> forbidden_;
  daemon::TransferJournals journals_;
  files::WorkerPool workers_;
  DiagWorker diag_;
  DesktopHelpers desktops_;
  daemon::Reactor::Timer sweep_;
};

App::Settings app_settings(const DaemonSettings& settings, ServiceParts& parts) {
  App::Settings out{.state_dir = settings.state_dir, .config_file = settings.config_file, .environment = settings.environment};
  out.services = [&parts](const AgentState& state, const session::Policy& policy) { return parts.services(state, policy); };
  out.on_ready = [fd = settings.ready_fd](const AgentId& agent) {
    if (!fd) return;
    if (auto told = daemon::write_ready_line(*fd, agent.text()); !told) log.error("ready-fd", {{"reason", told.error().message}});
  };
  return out;
}

} // namespace

Result<void> daemon_main(const DaemonSettings& settings, const Clock& clock, crypto::Random& random) {
  Warden warden(spawn_warden); // until every process of the reactor has gone
  RS_CHECK(warden.start());
  daemon::Reactor reactor;
  ServiceParts parts(settings, reactor, clock, random, warden); // until every call has gone
  RS_TRY(const auto app, App::open(reactor, clock, random, app_settings(settings, parts)));
  RS_TRY(const auto control, serve_control(reactor, settings.state_dir.socket(), *app));
  daemon::Reactor::Timer give_up(reactor);
  const auto signals = daemon::on_signals(reactor, [&](int signal) {
    if (signal == SIGHUP) return app->reload_policy();
    log.info("stopping", {{"signal", std::to_string(signal)}});
    (void)daemon::notify_supervisor("STOPPING=1");
    give_up.after(kStopWithin, [&] { reactor.stop(); });
    app->stop([&] { reactor.stop(); });
  });
  parts.keep_sweeping();
  app->start();
  (void)daemon::notify_supervisor("READY=1"); // local users are served; the relay may be away for long
  reactor.run();
  return {};
}

} // namespace rs::agent
