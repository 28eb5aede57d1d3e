#include "relayd/api/context.hpp"
#include "relayd/audit.hpp"
#include "wire/api.hpp"

#include <array>

namespace rs::relay::api {
namespace {

constexpr Millis kMaxTtl = std::chrono::hours(24 * 30);
constexpr std::uint32_t kMaxUses = 100'000;
constexpr std::size_t kShortestPart = 8; // characters of an id

wire::api::TokenItem item_of(const store::EnrolmentToken& token) {
  return {crypto::fingerprint(token.public_key),
          token.uses_left,
          token.tags,
          token.allow,
          token.ephemeral,
          token.expires,
          token.created_by};
}

Result<void> check_token(const wire::api::TokenRequest& body) {
  if (body.ttl <= Millis(0) || body.ttl > kMaxTtl)
    return fail(Errc::invalid, "ttl: above 0 and at most " + format_duration(kMaxTtl));
  if (body.uses == 0 || body.uses > kMaxUses) return fail(Errc::invalid, "uses: 1 to " + std::to_string(kMaxUses));
  for (const auto& [key, value] : body.tags) {
    RS_CHECK(check_name(key, "tags: key"));
    if (value.size() > 256) return fail(Errc::invalid, "tags." + key + ": at most 256 bytes");
  }
  return {};
}

void create(Context& context, Request request, Reply reply) {
  const auto& caller = *request.caller;
  if (!is_staff(caller)) return reply(error_response(fail(Errc::forbidden, "only admins and technicians make enrolment tokens")));
  const auto body = describe::from_json<wire::api::TokenRequest>(request.http.body, describe::Unknown::refuse);
  if (!body) return reply(error_response(body.error()));
  if (const auto good = check_token(*body); !good) return reply(error_response(good.error()));
  const store::EnrolmentToken token{.public_key = body->key,
                                    .label = {},
                                    .tags = body->tags,
                                    .allow = body->allow,
                                    .uses_left = body->uses,
                                    .expires = context.clock.wall() + body->ttl,
                                    .ephemeral = body->ephemeral,
                                    .created_by = caller.claims.sub};
  from_store(context, reply, [&context, org = caller.tenant->row.id, token](store::Store& store) {
    if (store.find_token(token.public_key)) return error_response(fail(Errc::conflict, "key: a token has it"));
    // The record first: without one there is no token.
    const std::array record = {
        audit_record(org, context.clock.wall(), token.created_by, "enroll-token.create", crypto::fingerprint(token.public_key))};
    if (const auto appended = store.append_audit(record); !appended) return error_response(appended.error());
    const auto added = store.add_token(org, token);
    return added ? ok(item_of(token)) : error_response(added.error());
  });
}

void list(Context& context, Request request, Reply reply) {
  from_store(context, reply, [org = request.caller->tenant->row.id](store::Store& store) {
    const auto tokens = store.list_tokens(org);
    if (!tokens) return error_response(tokens.error());
    wire::api::TokenList out;
    for (const auto& token : *tokens) out.items.push_back(item_of(token));
    return ok(out);
  });
}

// By id, or a unique part from its beginning.
Result<store::EnrolmentToken> find_one(const std::vector<store::EnrolmentToken>& tokens, const std::string& id) {
  const store::EnrolmentToken* found = nullptr;
  for (const auto& token : tokens) {
    const auto full = crypto::fingerprint(token.public_key);
    if (full == id) return token;
    if (id.size() < kShortestPart || !full.starts_with(id)) continue;
    if (found) return fail(Errc::conflict, "more than one token's id begins with '" + id + "'");
    found = &token;
  }
  if (!found) return fail(Errc::not_found, "no such token");
  return *found;
}

void revoke(Context& context, Request request, Reply reply) {
  const auto& caller = *request.caller;
  if (!is_staff(caller))
    return reply(error_response(fail(Errc::forbidden, "only admins and technicians revoke enrolment tokens")));
  from_store(context, reply,
             [&context, org = caller.tenant->row.id, user = caller.claims.sub, id = request.tail](store::Store& store) {
    const auto tokens = store.list_tokens(org);
    if (!tokens) return error_response(tokens.error());
    const auto found = find_one(*tokens, id);
    if (!found) return error_response(found.error());
    // What takes rights away goes ahead of its record.
    if (const auto gone = store.revoke_token(org, found->public_key); !gone) return error_response(gone.error());
    const std::array record = {
        audit_record(org, context.clock.wall(), user, "enroll-token.revoke", crypto::fingerprint(found->public_key))};
    const auto appended = store.append_audit(record);
    return appended ? ok(item_of(*found)) : error_response(appended.error());
  });
}

constexpr Row kRows[] = {
    {"POST", "/v1/enroll-tokens", true, create, "Make an enrolment token; its seed stays with who asks",
     describe::schema<wire::api::TokenRequest>, describe::schema<wire::api::TokenItem>},
    {"GET", "/v1/enroll-tokens", true, list, "The tenant's enrolment tokens", nullptr, describe::schema<wire::api::TokenList>},
    {"DELETE", "/v1/enroll-tokens/", true, revoke, "Revoke a token, by its id or a unique part of 8 characters or more", nullptr,
     describe::schema<wire::api::TokenItem>},
};

} // namespace

std::span<const Row> token_rows() { return kRows; }

} // namespace rs::relay::api
