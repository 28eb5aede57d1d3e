#include "cli/options.hpp"
#include "cli/run.hpp"
#include "daemon/allocator.hpp"
#include "daemon/system_clock.hpp"

int main(int argc, char** argv) {
  using namespace rs;
  cli::prepare_standard_streams();
  daemon::keep_freed_memory(16 << 20);
  const auto terminal = cli::make_terminal();
  const daemon::SystemClock clock;
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return cli::run({*terminal, clock, cli::system_environment(), crypto::system_random(), cli::parse_options}, arguments);
}
