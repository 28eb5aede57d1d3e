#include "base/log.hpp"
#include "crypto/random.hpp"
#include "daemon/log_sink.hpp"
#include "daemon/ready.hpp"
#include "daemon/signals.hpp"
#include "daemon/system_clock.hpp"
#include "daemon/version_report.hpp"
#include "describe/error_report.hpp"
#include "describe/render.hpp"
#include "relayd/options.hpp"

#include <malloc.h>

#include <csignal>
#include <iostream>

namespace {

using namespace rs;

int report(const Error& error, bool json) {
  const auto report = describe::make_report(error);
  std::cerr << (json ? describe::write_json(describe::error_document(report)) : describe::error_line("relayd", report)) << '\n';
  return report.exit_code;
}

void print(bool json, std::string_view schema, const describe::Node& item) {
  const describe::View view{json ? describe::Format::json : describe::Format::table, {}};
  std::cout << *describe::render_item(view, schema, item) << std::flush;
}

void print_version(bool json) {
  if (json) print(true, "relayd.version.v1", daemon::version_document());
  else std::cout << "relayd " << daemon::version_text() << '\n';
}

int run_init(relay::Options options) {
  if (options.admin_password_stdin) std::getline(std::cin, options.init.admin_password);
  const daemon::SystemClock clock;
  const auto made = relay::init(options.init, clock, crypto::system_random());
  if (!made) return report(made.error(), options.json);
  print(options.json, "relayd.init.v1", describe::to_node(*made));
  return 0;
}

int run_serve(const relay::Options& options) {
  const daemon::SystemClock clock;
  auto app = relay::App::start(options.serve, clock, crypto::system_random());
  if (!app) return report(app.error(), options.json);
  daemon::Reactor reactor;
  const auto signals = daemon::on_signals(reactor, [&](int signal) {
    if (signal != SIGHUP) return reactor.stop();
    if (const auto reloaded = (*app)->reload_tls(); !reloaded)
      Logger("relayd").error("tls-not-reloaded", {{"reason", reloaded.error().message}});
  });
  if (options.ready_fd) {
    if (const auto told = daemon::write_ready_line(*options.ready_fd, (*app)->bound_address()); !told)
      return report(told.error(), options.json);
  }
  (void)daemon::notify_supervisor("READY=1");
  reactor.run();
  (void)daemon::notify_supervisor("STOPPING=1");
  (*app)->stop();
  return 0;
}

// What a password check needs (19 MiB) goes back to the system at once, instead of staying in the heap because glibc raises
// its threshold after the first time; and a relay with two threads needs no arena a thread.
void tune_allocator() {
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_ARENA_MAX, 2);
}

} // namespace

int main(int argc, char** argv) {
  tune_allocator();
  std::string help;
  auto options = relay::parse_options(argc, argv, help);
  if (!options) return report(options.error(), false);
  if (!help.empty()) {
    std::cout << help;
    return 0;
  }
  if (options->verb == relay::Verb::version) {
    print_version(options->json);
    return 0;
  }
  const auto level = daemon::parse_log_level(options->log_level);
  const auto format = daemon::parse_log_format(options->log_format);
  if (!level || !format) return report((!level ? level : Result<LogLevel>(format.error())).error(), options->json);
  const daemon::SystemClock clock;
  set_log_sink(*level, daemon::make_log_sink(clock, *format));
  return options->verb == relay::Verb::init ? run_init(std::move(*options)) : run_serve(*options);
}
