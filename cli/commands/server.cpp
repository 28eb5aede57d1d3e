#include "cli/api.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/print.hpp"
#include "wire/api.hpp"

namespace rs::cli::commands {

Result<int> server_status(Context& context) {
  Api api(context);
  RS_TRY(const auto status, api.get<wire::api::ServerStatus>("/v1/status"));
  return print_item(context, "rsctl.server-status.v1", status);
}

Result<int> config_explain(Context& context) {
  std::vector<describe::Node> items;
  for (const Setting* setting : context.settings.all()) items.push_back(describe::to_node(*setting));
  RS_CHECK(context.output.list("rsctl.config.v1", items));
  return 0;
}

} // namespace rs::cli::commands
