#include "relayd/audit.hpp"
#include "describe/codec_impl.hpp"
#include "relayd/api/context.hpp"

#include <charconv>

namespace rs::relay::api {

struct AuditPage {
  std::vector<session::AuditRecord> items;
};
RS_DESCRIBE(AuditPage, items)

} // namespace rs::relay::api

RS_CODEC(rs::relay::api::AuditPage)

namespace rs::relay::api {
namespace {

constexpr std::size_t kMaxPage = 1000;

Result<std::uint64_t> number(const Request& request, std::string_view name, std::uint64_t otherwise) {
  const auto* text = request.parameter(name);
  if (!text) return otherwise;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size())
    return fail(Errc::invalid, std::string(name) + ": '" + *text + "' is no number");
  return value;
}

Result<store::AuditQuery> query_of(const Request& request) {
  store::AuditQuery query;
  query.writer = request.parameter("writer") ? *request.parameter("writer") : std::string(kAuditWriter);
  if (const auto* since = request.parameter("since")) {
    RS_TRY(query.since, from_rfc3339(*since));
  }
  if (const auto* actor = request.parameter("actor")) query.actor = *actor;
  if (const auto* action = request.parameter("action")) query.action = *action;
  RS_TRY(query.after_seq, number(request, "after", 0));
  RS_TRY(const auto limit, number(request, "limit", 100));
  query.limit = std::min<std::size_t>(limit, kMaxPage);
  return query;
}

void list(Context& context, Request request, Reply reply) {
  if (!is_staff(*request.caller)) return reply(error_response(fail(Errc::forbidden, "the audit is for admins and technicians")));
  const auto query = query_of(request);
  if (!query) return reply(error_response(query.error()));
  from_store(context, reply, [org = request.caller->tenant->row.id, query = *query](store::Store& store) {
    const auto records = store.list_audit(org, query);
    if (!records) return error_response(records.error());
    return ok(AuditPage{*records});
  });
}

void head(Context& context, Request request, Reply reply) {
  if (!is_staff(*request.caller)) return reply(error_response(fail(Errc::forbidden, "the audit is for admins and technicians")));
  const auto* writer = request.parameter("writer");
  from_store(context, reply,
             [org = request.caller->tenant->row.id, writer = writer ? *writer : std::string(kAuditWriter)](store::Store& store) {
    const auto head = store.audit_head(org, writer);
    return head ? ok(*head) : error_response(head.error());
  });
}

constexpr Row kRows[] = {
    {"GET", "/v1/audit", true, list, "Audit records of one writer, by number", nullptr, describe::schema<AuditPage>,
     "writer after limit since actor action"},
    {"GET", "/v1/audit/head", true, head, "Where a writer's audit chain ends", nullptr, describe::schema<session::AuditHead>,
     "writer"},
};

} // namespace

std::span<const Row> audit_rows() { return kRows; }

} // namespace rs::relay::api
