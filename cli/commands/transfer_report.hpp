#pragma once

#include "cli/transfer.hpp"

namespace rs::cli::commands {

// rsctl.push.v1, rsctl.pull.v1; with ndjson the last record.
struct TransferReport {
  std::optional<std::string> record; // "summary" with ndjson
  std::uint64_t files = 0;
  std::uint64_t directories = 0;
  std::uint64_t links = 0;
  std::uint64_t bytes = 0;   // of contents over the connection, in all attempts
  std::uint64_t present = 0; // files that an earlier attempt had brought
  std::uint64_t skipped = 0;
  std::uint64_t failed = 0;
  std::vector<files::Failure> failures;
  unsigned attempts = 1;
  std::optional<Errc> ended_by; // where it did not come to its end
  std::uint64_t duration_ms = 0;
};
RS_DESCRIBE(TransferReport, record, files, directories, links, bytes, present, skipped, failed, failures, attempts, ended_by,
            duration_ms)

// What both directions have in common.
Result<files::Compress> compress_option(const Arguments& arguments);
// Names this transfer, wherever and whenever it is tried again; 64 hex digits.
std::string resume_key(const std::vector<std::string>& parts);
// What the first entry that failed met.
Error first_failure(const TransferReport& report);
// `usage` where --fields names none of the report's: before anything is moved.
Result<void> check_report_fields(Context& context);
// Prints what became of it. An error where anything failed: the first failure's.
Result<int> report_transfer(Context& context, std::string_view schema, TransferReport report);
// The last record of a stream that ends with an error, where records are written; the error.
Error report_end(Context& context, std::string_view schema, TransferReport report, const Error& why);
// The failures behind the first, a line each.
void note_failures(Context& context, const std::vector<files::Failure>& failures);
// The two ends' counts as one: `made` of the receiver, failures of both.
TransferReport transfer_report(const files::TransferCounts& receiver, const files::TransferCounts& sender,
                               const TransferOutcome& outcome);

} // namespace rs::cli::commands
