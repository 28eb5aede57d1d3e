#include "agentd/printer.hpp"

#include "base/os_string.hpp"
#include "describe/error_report.hpp"
#include "describe/render.hpp"

namespace rs::agent {

int Printer::item(std::string_view schema, const describe::Node& item) {
  const describe::View view{json_ ? describe::Format::json : describe::Format::table, {}};
  const auto text = describe::render_item(view, schema, item);
  if (!text) return error(text.error());
  out_(*text);
  return 0;
}

int Printer::text(std::string_view text) {
  out_(text);
  return 0;
}

int Printer::error(const Error& error, std::string hint) {
  describe::ErrorContext context;
  if (!hint.empty()) context.hint = std::move(hint);
  const auto report = describe::make_report(error, context);
  err_((json_ ? describe::write_json(describe::error_document(report)) : describe::error_line("agentd", report)) + "\n");
  return report.exit_code;
}

void Printer::note(std::string_view text) {
  if (!json_) err_(escape_for_display(text) + "\n");
}

} // namespace rs::agent
