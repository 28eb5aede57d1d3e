#include "agentd/options.hpp"
#include "agentd/services/run_as.hpp"
#include "agentd/services/warden.hpp"
#include "agentd/verbs.hpp"
#include "base/log.hpp"
#include "crypto/openssl.hpp"
#include "daemon/allocator.hpp"
#include "daemon/system_clock.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <iterator>

namespace {

using namespace rs;

std::optional<std::string> environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

Result<std::string> read_stdin() { return std::string(std::istreambuf_iterator<char>(std::cin), {}); }

// agentd --run-as USER -- ARGV…, which exec starts for another user.
std::optional<int> run_as(const std::vector<std::string>& args) {
  if (args.size() < 3 || args[0] != "--run-as" || args[2] != "--") return std::nullopt;
  return agent::run_as_main(args[1], {args.begin() + 3, args.end()});
}

} // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + std::min(argc, 1), argv + argc);
  if (const auto code = run_as(args)) return *code;
  if (args.size() == 1 && args[0] == "--warden") return agent::warden_main();
  const auto options = agent::parse_options(args);
  const bool json = options ? options->json : std::find(args.begin(), args.end(), "--json") != args.end();
  agent::Printer printer(json, [](std::string_view text) { std::cout << text << std::flush; },
                         [](std::string_view text) { std::cerr << text; });
  if (!options) return printer.error(options.error());
  const daemon::SystemClock clock;
  set_log_sink(options->log_level, daemon::make_log_sink(clock, options->log_format));
  daemon::keep_freed_memory(16 << 20);
  crypto::start_openssl();
  return agent::run_verb(*options, {clock, crypto::system_random(), environment, read_stdin}, printer);
}
