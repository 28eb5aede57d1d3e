#include "cli/output.hpp"

#include "base/os_string.hpp"
#include "describe/table.hpp"

namespace rs::cli {

Output::Output(Options options, Sink out, Sink err) : options_(std::move(options)), out_(std::move(out)), err_(std::move(err)) {}

Result<void> Output::item(std::string_view schema, const describe::Node& item, std::vector<std::string> known) {
  options_.view.known = std::move(known);
  RS_TRY(const std::string text, describe::render_item(options_.view, schema, item));
  if (!text.empty()) out_(text);
  return {};
}

Result<void> Output::list(std::string_view schema, const std::vector<describe::Node>& items, std::vector<std::string> known) {
  options_.view.known = std::move(known);
  RS_TRY(const std::string text, describe::render_list(options_.view, schema, items));
  if (!text.empty()) out_(text);
  return {};
}

Result<void> Output::check_fields(const std::vector<std::string>& known) const {
  return describe::check_fields(options_.view.fields, known);
}

int Output::error(const Error& error, const describe::ErrorContext& context) {
  const auto report = describe::make_report(error, context);
  err_((is_json() ? describe::write_json(describe::error_document(report)) : describe::error_line("rsctl", report)) + "\n");
  return report.exit_code;
}

void Output::note(std::string_view text) {
  if (!options_.quiet) err_(escape_for_display(text) + "\n");
}

} // namespace rs::cli
