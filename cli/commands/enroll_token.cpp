#include "cli/api.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/documents.hpp"
#include "cli/commands/print.hpp"
#include "crypto/hash.hpp"
#include "wire/api.hpp"

namespace rs::cli::commands {
namespace {

constexpr OptionRow kCreateOptions[] = {
    {"--ttl", "D", "how long it is good for; default 1h", "", false, {}},
    {"--uses", "N", "how many machines it enrols; default 1", "", false, {}},
    {"--tag", "K=V", "a tag of each machine that it enrols", "", true, {}},
    {"--allow", "PERM,…", "what sessions with them may do; default: all but camera", "", false, {}},
    {"--ephemeral", "", "for machines that come and go", "", false, {}},
};

Result<std::map<std::string, std::string>> tags_of(const Arguments& arguments) {
  std::map<std::string, std::string> tags;
  for (const auto& tag : arguments.values("--tag")) {
    const auto equals = tag.find('=');
    if (equals == std::string::npos || equals == 0) return fail(Errc::usage, "--tag: '" + tag + "' is not K=V");
    tags[tag.substr(0, equals)] = tag.substr(equals + 1);
  }
  return tags;
}

std::vector<Permission> all_but_camera() {
  std::vector<Permission> out;
  for (const auto& row : describe::kEnumRows<Permission>) {
    if (row.value != Permission::camera) out.push_back(row.value);
  }
  return out;
}

Result<std::vector<Permission>> permissions_of(const Arguments& arguments) {
  const auto text = arguments.value("--allow");
  if (!text) return all_but_camera();
  std::vector<Permission> out;
  for (const auto& name : split_list(*text)) {
    const auto permission = describe::enum_from_name<Permission>(name);
    if (!permission) return fail(Errc::usage, "--allow: no permission '" + name + "'");
    out.push_back(*permission);
  }
  if (out.empty()) return fail(Errc::usage, "--allow: names no permission");
  return out;
}

Result<wire::api::TokenRequest> request_of(const Arguments& arguments, const crypto::Ed25519Key& key) {
  wire::api::TokenRequest request;
  request.key = key.public_key();
  RS_TRY(const auto ttl, arguments.duration("--ttl"));
  RS_TRY(const auto uses, arguments.count("--uses"));
  request.ttl = ttl.value_or(request.ttl);
  request.uses = uses.value_or(request.uses);
  request.ephemeral = arguments.has("--ephemeral");
  RS_TRY(request.tags, tags_of(arguments));
  RS_TRY(request.allow, permissions_of(arguments));
  return request;
}

sealed::EnrolToken token_of(const Context& context, const wire::api::TokenRequest& request, const wire::api::TokenItem& made,
                            const crypto::Ed25519Key& key) {
  const auto& org = *context.state.org;
  const auto seed = key.seed().view();
  return {*context.settings.server.value,  org.org,      org.tenant,    org.fingerprint, context.state.relay->fingerprint,
          Bytes(seed.begin(), seed.end()), request.tags, request.allow, request.uses,    to_unix_seconds(made.expires)};
}

} // namespace

std::span<const OptionRow> enroll_token_create_options() { return kCreateOptions; }

// The seed is made here and never leaves but in the token: the relay knows the public key alone.
Result<int> enroll_token_create(Context& context) {
  RS_CHECK(context.output.check_fields(field_names<NewToken>())); // a token that is not shown is lost
  const auto key = crypto::Ed25519Key::generate(context.random);
  RS_TRY(const auto request, request_of(context.arguments, key));
  if (context.is_dry_run()) {
    context.output.note("would make a token for " + std::to_string(request.uses) + " machine(s), good for " +
                        format_duration(request.ttl));
    return 0;
  }
  Api api(context);
  RS_TRY(const auto node, api.call("POST", "/v1/enroll-tokens", describe::to_json(request)));
  RS_TRY(const auto made, describe::from_node<wire::api::TokenItem>(node, describe::Unknown::ignore));
  const auto text = sealed::format_enrol_token(token_of(context, request, made, key));
  if (context.output.format() == describe::Format::table) {
    context.output.payload(text + "\n");
    return 0;
  }
  return print_item(context, "rsctl.enroll-token.v1", NewToken{text, made.id, made.expires});
}

Result<int> enroll_token_list(Context& context) {
  Api api(context);
  RS_TRY(const auto list, api.get<wire::api::TokenList>("/v1/enroll-tokens"));
  return print_list(context, "rsctl.enroll-tokens.v1", list.items);
}

Result<int> enroll_token_revoke(Context& context) {
  const auto& id = context.arguments.positionals[0];
  context.about.target = id;
  if (context.is_dry_run()) {
    context.output.note("would revoke the token " + id);
    return 0;
  }
  Api api(context);
  RS_CHECK(api.call("DELETE", "/v1/enroll-tokens/" + percent_encoded(id)));
  return 0;
}

} // namespace rs::cli::commands
