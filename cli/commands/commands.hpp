#pragma once

#include "cli/verbs.hpp"

// The functions and option tables behind the rows of the verb table, a file a group.
namespace rs::cli::commands {

Result<int> login(Context& context);
std::span<const OptionRow> login_options();
Result<int> logout(Context& context);
Result<int> whoami(Context& context);
Result<int> auth_status(Context& context);

Result<int> agents_list(Context& context);
std::span<const OptionRow> agents_list_options();
Result<int> agents_show(Context& context);
Result<int> targets(Context& context);
Result<int> wait(Context& context);
std::span<const OptionRow> wait_options();

Result<int> enroll_token_create(Context& context);
std::span<const OptionRow> enroll_token_create_options();
Result<int> enroll_token_list(Context& context);
Result<int> enroll_token_revoke(Context& context);

Result<int> exec(Context& context);
std::span<const OptionRow> exec_options();

Result<int> diag(Context& context);

Result<int> screenshot(Context& context);
std::span<const OptionRow> screenshot_options();

Result<int> push(Context& context);
Result<int> pull(Context& context);
std::span<const OptionRow> transfer_options(); // of both
Result<int> list_files(Context& context);
Result<int> cat(Context& context);
Result<int> stat_file(Context& context);
Result<int> remove_files(Context& context);
std::span<const OptionRow> remove_files_options();

Result<int> org_show(Context& context);
Result<int> org_fingerprint(Context& context);

Result<int> audit_list(Context& context);
std::span<const OptionRow> audit_list_options();
Result<int> audit_verify(Context& context);

Result<int> server_status(Context& context);
Result<int> config_explain(Context& context);
Result<int> doctor(Context& context);

Result<int> completion(Context& context);
Result<int> help(Context& context);
Result<int> version(Context& context);

} // namespace rs::cli::commands
