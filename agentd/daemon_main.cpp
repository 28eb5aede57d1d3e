#include "agentd/daemon_main.hpp"

#include "agentd/app.hpp"
#include "agentd/control_service.hpp"
#include "agentd/services/exec.hpp"
#include "base/log.hpp"
#include "daemon/ready.hpp"
#include "daemon/signals.hpp"

#include <csignal>

namespace rs::agent {
namespace {

constexpr Logger log("agentd");
constexpr Millis kStopWithin{5'000};

App::Settings app_settings(const DaemonSettings& settings, daemon::Reactor& reactor, const Clock& clock, Warden& warden) {
  App::Settings out{.state_dir = settings.state_dir, .config_file = settings.config_file, .environment = settings.environment};
  out.services = [&reactor, &clock, &warden](const AgentState& state) {
    ExecSettings exec;
    exec.agent_id = state.agent.text();
    exec.agent_name = state.name;
    exec.warden = &warden;
    std::vector<session::Service> services;
    services.push_back(exec_service(reactor, clock, std::move(exec)));
    return services;
  };
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
  RS_TRY(const auto app, App::open(reactor, clock, random, app_settings(settings, reactor, clock, warden)));
  RS_TRY(const auto control, serve_control(reactor, settings.state_dir.socket(), *app));
  daemon::Reactor::Timer give_up(reactor);
  const auto signals = daemon::on_signals(reactor, [&](int signal) {
    if (signal == SIGHUP) return app->reload_policy();
    log.info("stopping", {{"signal", std::to_string(signal)}});
    (void)daemon::notify_supervisor("STOPPING=1");
    give_up.after(kStopWithin, [&] { reactor.stop(); });
    app->stop([&] { reactor.stop(); });
  });
  app->start();
  (void)daemon::notify_supervisor("READY=1"); // local users are served; the relay may be away for long
  reactor.run();
  return {};
}

} // namespace rs::agent
