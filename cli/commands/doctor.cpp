#include "cli/commands/commands.hpp"
#include "cli/commands/print.hpp"
#include "cli/doctor/examination.hpp"

#include <algorithm>

namespace rs::cli::commands {

Result<int> doctor(Context& context) {
  std::optional<std::string> agent;
  if (!context.arguments.positionals.empty()) agent = context.arguments.positionals[0];
  doctor::Examination examination(context);
  const auto ended = examination.run(agent);
  const auto& hops = examination.hops();
  RS_CHECK(print_list(context, "rsctl.doctor.v1", hops));
  RS_CHECK(ended);
  const auto first = std::ranges::find(hops, doctor::HopState::failed, &doctor::Hop::state);
  return first == hops.end() ? 0 : exit_code(*first->code);
}

} // namespace rs::cli::commands
