#include "relayd/options.hpp"

#include <CLI/CLI.hpp>

namespace rs::relay {
namespace {

void add_init(CLI::App& app, Options& options) {
  auto& init = *app.add_subcommand("init", "Make a data directory: keys, store, first tenant and admin");
  options.init.data = "/var/lib/relayd";
  init.add_option("--data", options.init.data, "Data directory; made, or taken where it is empty")->capture_default_str();
  init.add_option("--tenant", options.init.tenant, "Name of the first tenant")->capture_default_str();
  init.add_option("--admin", options.init.admin, "E-mail address of the first admin");
  init.add_flag("--admin-password-stdin", options.admin_password_stdin, "Read the admin's password from the first line of stdin");
  init.add_option("--tls-cert", options.init.tls_certificate, "PEM file of the TLS certificate chain");
  init.add_option("--tls-key", options.init.tls_key, "PEM file of its key");
  init.add_option("--self-signed", options.init.self_signed, "Make a TLS certificate for these hosts instead");
  init.add_option("--org-root-out", options.init.org_root_out,
                  "Where the tenant's root key goes (default ./TENANT-org-root.jwk); keep it offline");
  init.add_flag("--json", options.json, "Print one JSON object");
  init.callback([&options] { options.verb = Verb::init; });
}

void add_serve(CLI::App& app, Options& options) {
  auto& serve = *app.add_subcommand("serve", "Run the relay until SIGTERM; SIGHUP reads the TLS certificate again");
  options.serve.data = "/var/lib/relayd";
  serve.add_option("--data", options.serve.data, "Data directory")->capture_default_str();
  serve.add_option("--listen", options.serve.listen, "ADDR:PORT, or [ADDR]:PORT; port 0 takes a free one")->capture_default_str();
  serve.add_option("--threads", options.serve.threads, "I/O threads (default: one a core)");
  serve.add_option("--ready-fd", options.ready_fd, "Descriptor that gets one line with the bound ADDR:PORT");
  serve.callback([&options] { options.verb = Verb::serve; });
}

} // namespace

Result<Options> parse_options(int argc, char** argv, std::string& help) {
  Options options;
  CLI::App app("The relay: identity service, HTTPS API and broker on one TLS port", "relayd");
  bool version = false;
  app.add_flag("--version", version, "Print the version");
  app.add_flag("--json", options.json, "With --version: one JSON object");
  app.add_option("--config", options.serve.config, "With serve: the configuration (default relayd.json in the data directory)");
  app.add_option("--log-level", options.log_level, "debug, info, warning or error")->capture_default_str();
  app.add_option("--log-format", options.log_format, "text or json")->capture_default_str();
  app.require_subcommand(0, 1);
  app.fallthrough();
  add_init(app, options);
  add_serve(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    help = chosen.empty() ? app.help() : chosen[0]->help();
    return options;
  } catch (const CLI::ParseError& error) {
    return fail(Errc::usage, error.what());
  }
  if (version) options.verb = Verb::version;
  if (options.verb == Verb::none) return fail(Errc::usage, "say init or serve; relayd --help lists their options");
  if (options.verb == Verb::init && !options.serve.config.empty())
    return fail(Errc::usage, "--config: init writes relayd.json into the data directory");
  return options;
}

} // namespace rs::relay
