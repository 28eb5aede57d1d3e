#include "describe/error_report.hpp"

#include "base/os_string.hpp"
#include "describe/codec_impl.hpp"

#include <algorithm>
#include <iterator>

RS_CODEC(rs::describe::ErrorReport)

namespace rs::describe {
namespace {

struct Hint {
  Errc code;
  std::string_view text;
};

constexpr Hint kHints[] = {
    {Errc::internal, "please report it"},
    {Errc::outcome_unknown, "look at the target before running it again"},
    {Errc::audit_unavailable, "check the free space and permissions of the audit log"},
    {Errc::usage, "see --help"},
    {Errc::no_match, "check the names and the selector"},
    {Errc::sign_in, "run 'rsctl login'"},
    {Errc::second_factor, "give --otp"},
    {Errc::locked, "wait, or ask an admin"},
    {Errc::forbidden, "ask an admin, or whoever sets the agent's policy"},
    {Errc::key_elsewhere, "use the device that started the job"},
    {Errc::clock_skew, "set the clocks of both machines"},
    {Errc::consent_denied, "talk to the customer before asking again"},
    {Errc::consent_timeout, "ask again when the customer is there"},
    {Errc::relay_unreachable, "check the network and --server"},
    {Errc::server_identity, "do not go on; compare the fingerprint with the relay's operator"},
    {Errc::integrity, "something between the two ends alters traffic; tell the relay's operator"},
    {Errc::hash_mismatch, "transfer it again"},
    {Errc::agent_offline, "try later, or wait with 'rsctl wait A --for online'"},
    {Errc::connection_lost, "look at the target before running it again"},
    {Errc::too_late, "run it again"},
    {Errc::no_space, "free some space"},
    {Errc::timeout, "give a longer --timeout, or wait for it later"},
};

} // namespace

std::string_view hint_for(Errc code) {
  const auto* at = std::find_if(std::begin(kHints), std::end(kHints), [&](const Hint& hint) { return hint.code == code; });
  return at == std::end(kHints) ? std::string_view() : at->text;
}

ErrorReport make_report(const Error& error, const ErrorContext& context) {
  ErrorReport report{.code = error.code,
                     .message = error.message.empty() ? std::string(info(error.code).meaning) : error.message,
                     .target = context.target,
                     .retryable = info(error.code).retryable,
                     .hint = context.hint,
                     .request_id = context.request_id,
                     .exit_code = context.exit_code.value_or(exit_code(error.code))};
  if (const auto usual = hint_for(error.code); !report.hint && !usual.empty()) report.hint = usual;
  return report;
}

Node error_document(const ErrorReport& report) { return Node::Object{{"error", to_node(report)}}; }

Result<ErrorReport> read_error_document(const Node& document) {
  const Node* error = document.find("error");
  if (error == nullptr) return fail(Errc::invalid, "error: missing");
  auto report = from_node<ErrorReport>(*error, Unknown::ignore);
  if (!report) return within("error", std::move(report).error());
  return report;
}

std::string error_line(std::string_view program, const ErrorReport& report) {
  std::string line = std::string(program) + ": " + std::string(name(report.code)) + ": ";
  if (report.target) line += *report.target + ": ";
  line += report.message;
  if (report.hint) line += "; " + *report.hint;
  return escape_for_display(line);
}

} // namespace rs::describe
