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
  std::vector<Setting> items;
  for (const Setting* setting : context.settings.all()) items.push_back(*setting);
  return print_list(context, "rsctl.config.v1", items);
}

} // namespace rs::cli::commands
