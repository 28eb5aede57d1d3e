#include "cli/api.hpp"
#include "cli/commands/audit_walk.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/documents.hpp"
#include "cli/commands/print.hpp"

namespace rs::cli::commands {
namespace {

constexpr std::string_view kWriter = "relayd";
constexpr std::uint32_t kPage = 1000; // records

constexpr OptionRow kListOptions[] = {
    {"--since", "T", "from this time (RFC 3339), or so long ago (24h)", "", false, {}},
    {"--actor", "A", "by this user or agent", "", false, {}},
    {"--action", "X", "of this kind, such as exec.run", "", false, {}},
    {"--limit", "N", "at most so many", "", false, {}},
};

Result<std::optional<std::string>> since_of(const Context& context) {
  const auto text = context.arguments.value("--since");
  if (!text) return std::optional<std::string>();
  if (const auto time = from_rfc3339(*text)) return std::optional(to_rfc3339(*time));
  const auto ago = parse_duration(*text);
  if (!ago)
    return fail(Errc::usage,
                "--since: '" + *text + "' is neither a time such as 2026-11-24T08:30:00Z nor a duration such as 24h");
  return std::optional(to_rfc3339(context.clock.wall() - *ago));
}

Result<std::vector<session::AuditRecord>> fetch_page(Api& api, std::uint64_t after, std::uint32_t limit,
                                                     const std::optional<std::string>& since, const Arguments& filters) {
  const auto target = "/v1/audit" + query({{"writer", std::string(kWriter)},
                                           {"after", std::to_string(after)},
                                           {"limit", std::to_string(limit)},
                                           {"since", since},
                                           {"actor", filters.value("--actor")},
                                           {"action", filters.value("--action")}});
  RS_TRY(auto page, api.get<AuditPage>(target));
  // Records that do not go forward would be asked for again for ever.
  for (const auto& record : page.items) {
    if (record.seq <= after)
      return fail(Errc::integrity, "audit record " + std::to_string(record.seq) + " came after " + std::to_string(after));
    after = record.seq;
  }
  return std::move(page.items);
}

} // namespace

std::span<const OptionRow> audit_list_options() { return kListOptions; }

Result<int> audit_list(Context& context) {
  RS_TRY(const auto since, since_of(context));
  RS_TRY(const auto limit, context.arguments.count("--limit"));
  Api api(context);
  std::vector<session::AuditRecord> items;
  std::uint64_t after = 0;
  for (;;) {
    const auto left = limit ? *limit - static_cast<std::uint32_t>(items.size()) : kPage;
    RS_TRY(const auto page, fetch_page(api, after, std::min(left, kPage), since, context.arguments));
    items.insert(items.end(), page.begin(), page.end());
    if (page.empty() || (limit && items.size() >= *limit)) break;
    after = page.back().seq;
  }
  return print_list(context, "rsctl.audit.v1", items);
}

// The relay's head is asked for first, so that records which come meanwhile do no harm.
Result<int> audit_verify(Context& context) {
  Api api(context);
  RS_TRY(const auto head, api.get<session::AuditHead>("/v1/audit/head" + query({{"writer", std::string(kWriter)}})));
  const auto& heads = *context.state.audit_heads;
  const auto known = heads.find(std::string(kWriter));
  AuditWalk walk(head, known == heads.end() ? session::AuditHead{} : known->second, context.state.org->org, std::string(kWriter));
  for (;;) {
    RS_TRY(const auto page, fetch_page(api, walk.head().seq, kPage, std::nullopt, Arguments()));
    if (page.empty()) break;
    RS_CHECK(walk.take(page));
  }
  RS_CHECK(walk.finish());
  RS_CHECK(context.profile.update([&](State& state) -> Result<void> {
    auto& kept = state.audit_heads.value[std::string(kWriter)];
    if (walk.head().seq > kept.seq) kept = walk.head();
    return {};
  }));
  AuditReport report{true, std::string(kWriter), walk.head().seq, walk.head().hash, {}};
  if (known != heads.end()) report.remembered = known->second.seq;
  return print_item(context, "rsctl.audit-verify.v1", report);
}

} // namespace rs::cli::commands
