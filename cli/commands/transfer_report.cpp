#include "cli/commands/transfer_report.hpp"

#include "cli/commands/commands.hpp"
#include "cli/commands/print.hpp"
#include "crypto/hash.hpp"
#include "describe/codec_impl.hpp"

RS_CODEC(rs::cli::commands::TransferReport)

namespace rs::cli::commands {
namespace {

constexpr OptionRow kTransferOptions[] = {
    {"--recursive", "", "directories, with all that is in them", "-r", false, {}},
    {"--preserve", "", "owners, extended attributes and ACLs too", "", false, {}},
    {"--verify", "", "read each file again when it is written, and compare its SHA-256", "", false, {}},
    {"--fsync", "", "each file on the disk before it gets its name; else all at the end", "", false, {}},
    {"--no-resume", "", "begin anew, and do not connect again where the connection is lost", "", false, {}},
    {"--compress", "HOW", "auto (what shrinks), never or zstd", "", false, "auto never zstd"},
};

std::string count_of(std::uint64_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

// The path once, whole.
std::string in_words(const files::Failure& failure) {
  const auto& path = failure.path.bytes;
  const auto name = path.substr(path.rfind('/') + 1);
  if (failure.message.starts_with(path)) return failure.message;
  if (failure.message.starts_with(name + ": ")) return path + failure.message.substr(name.size());
  return path + ": " + failure.message;
}

std::string in_words(const TransferReport& report) {
  std::string text = count_of(report.files, "file", "files") + ", " + format_bytes(report.bytes) + " in " +
                     std::to_string(report.duration_ms) + " ms";
  if (report.present > 0) text += "; " + std::to_string(report.present) + " were there already";
  if (report.skipped > 0) text += "; " + std::to_string(report.skipped) + " skipped (sockets, FIFOs, devices)";
  if (report.attempts > 1) text += "; " + std::to_string(report.attempts) + " attempts";
  return text;
}

} // namespace

std::span<const OptionRow> transfer_options() { return kTransferOptions; }

Result<files::Compress> compress_option(const Arguments& arguments) {
  const auto text = arguments.value("--compress");
  if (!text || *text == "auto") return files::Compress::auto_;
  if (*text == "never") return files::Compress::never;
  if (*text == "zstd") return files::Compress::zstd;
  return fail(Errc::usage, "--compress: '" + *text + "' is none of auto, never, zstd");
}

std::string resume_key(const std::vector<std::string>& parts) {
  std::string all;
  for (const auto& part : parts) all += std::to_string(part.size()) + ":" + part;
  return hex(crypto::sha256(as_bytes(all)));
}

TransferReport transfer_report(const files::TransferCounts& receiver, const files::TransferCounts& sender,
                               const TransferOutcome& outcome) {
  TransferReport report;
  report.files = receiver.files;
  report.directories = receiver.directories;
  report.links = receiver.links;
  report.bytes = outcome.moved;
  report.present = receiver.present;
  report.skipped = sender.skipped;
  report.failed = sender.failed + receiver.failed;
  report.failures = sender.failures;
  report.failures.insert(report.failures.end(), receiver.failures.begin(), receiver.failures.end());
  report.attempts = outcome.attempts;
  return report;
}

Result<void> check_report_fields(Context& context) { return context.output.check_fields(field_names<TransferReport>()); }

Result<int> report_transfer(Context& context, std::string_view schema, TransferReport report) {
  const auto format = context.output.format();
  if (format == describe::Format::ndjson) report.record = "summary";
  const bool is_document = format == describe::Format::json || format == describe::Format::yaml;
  const bool did_something = report.failed == 0 || report.files + report.directories + report.links + report.present > 0;
  if (format == describe::Format::ndjson || (is_document && did_something)) {
    RS_CHECK(context.output.item(schema, describe::to_node(report), field_names<TransferReport>()));
  } else if (did_something) {
    context.output.note(in_words(report));
  }
  if (report.failed == 0) return 0;
  note_failures(context, report.failures);
  return first_failure(report);
}

void note_failures(Context& context, const std::vector<files::Failure>& failures) {
  for (std::size_t i = 1; i < failures.size() && !context.output.is_json(); ++i)
    context.output.note("failed: " + in_words(failures[i]));
}

Error report_end(Context& context, std::string_view schema, TransferReport report, const Error& why) {
  if (context.output.format() != describe::Format::ndjson) return why;
  report.record = "summary";
  report.ended_by = why.code;
  (void)context.output.item(schema, describe::to_node(report), field_names<TransferReport>());
  return why;
}

Error first_failure(const TransferReport& report) {
  if (report.failures.empty()) return fail(Errc::io, std::to_string(report.failed) + " entries failed");
  auto message = in_words(report.failures.front());
  if (report.failed > 1) message += " (the first of " + std::to_string(report.failed) + " that failed)";
  return fail(report.failures.front().code, std::move(message));
}

} // namespace rs::cli::commands
