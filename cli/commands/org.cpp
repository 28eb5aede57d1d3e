#include "cli/api.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/documents.hpp"
#include "cli/commands/print.hpp"
#include "cli/trust.hpp"
#include "crypto/hash.hpp"
#include "wire/api.hpp"

namespace rs::cli::commands {
namespace {

constexpr std::string_view kManagedMeans =
    "safe against the network, other tenants and a stolen database; whoever controls the running relayd can certify himself";
constexpr std::string_view kLockedMeans =
    "even whoever controls relayd cannot run a command, read a file or see a picture on an enrolled agent";

} // namespace

Result<int> org_show(Context& context) {
  Api api(context);
  RS_TRY(const auto info, api.get<wire::api::OrgInfo>("/v1/org"));
  sealed::OrgStatement statement;
  RS_TRY(context.state, context.profile.update([&](State& state) -> Result<void> {
    if (!state.org) return fail(Errc::sign_in, "signed out meanwhile");
    RS_TRY(statement, adopt_org_statement(state, info.org_statement));
    return {};
  }));
  const bool locked = statement.mode == sealed::TenantMode::locked;
  OrgReport report{.tenant = statement.tenant,
                   .org = statement.org,
                   .mode = std::string(describe::enum_name(statement.mode)),
                   .means = std::string(locked ? kLockedMeans : kManagedMeans),
                   .statement = statement.number,
                   .fingerprint = context.state.org->fingerprint,
                   .pinned = context.state.org->pinned,
                   .issuers = {}};
  for (const auto& issuer : statement.issuers) report.issuers.push_back(crypto::fingerprint(issuer.key));
  return print_item(context, "rsctl.org.v1", report);
}

Result<int> org_fingerprint(Context& context) {
  const auto& org = context.state.org;
  if (!org) return fail(Errc::sign_in, "profile '" + context.profile.name() + "' has never signed in");
  return print_item(context, "rsctl.org-fingerprint.v1", OrgFingerprint{org->fingerprint, org->pinned});
}

} // namespace rs::cli::commands
