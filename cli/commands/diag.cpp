#include "cli/commands/commands.hpp"
#include "cli/commands/diag_check.hpp"
#include "cli/commands/diag_text.hpp"
#include "cli/commands/print.hpp"
#include "cli/simple_call.hpp"
#include "describe/table.hpp"
#include "session/diag_messages.hpp"

namespace rs::cli::commands {
namespace {

using session::DiagReport;
using session::DiagSection;

constexpr std::string_view kSchema = "rsctl.diag.v1";

Result<DiagSection> section_named(const std::string& name) {
  if (const auto section = describe::enum_from_name<DiagSection>(name)) return *section;
  std::string message = "no section '" + name + "'; there are";
  for (const auto& row : describe::kEnumRows<DiagSection>) message.append(" ").append(row.name);
  return fail(Errc::usage, std::move(message));
}

Result<session::DiagParams> params_of(const std::vector<std::string>& positionals) {
  session::DiagParams params;
  for (std::size_t i = 1; i < positionals.size(); ++i) {
    RS_TRY(const auto section, section_named(positionals[i]));
    params.sections.value.push_back(section);
  }
  return params;
}

// A line a section that is there.
Result<void> print_names(Context& context, const describe::Node& report) {
  std::vector<describe::Node> items;
  for (const auto& [name, value] : *report.get_if<describe::Node::Object>()) {
    if (name != "unavailable") items.push_back(describe::Node::Object{{"name", name}});
  }
  return context.output.list(kSchema, items);
}

Result<void> print(Context& context, const describe::Node& report) {
  if (context.output.format() == describe::Format::name) return print_names(context, report);
  if (context.output.format() != describe::Format::table) return context.output.item(kSchema, report, field_names<DiagReport>());
  RS_TRY(const auto picked,
         describe::pick(report, split_list(context.arguments.value("--fields").value_or("")), field_names<DiagReport>()));
  context.output.payload(diag_text(picked));
  return {};
}

} // namespace

Result<int> diag(Context& context) {
  const auto& as = context.arguments.positionals[0];
  RS_TRY(const auto params, params_of(context.arguments.positionals));
  RS_CHECK(context.output.check_fields(field_names<DiagReport>()));
  context.about.target = as;
  RS_TRY(const auto answer, call_agent(context, {std::string(session::kDiagCall), as, describe::to_node(params)}));
  const auto report = describe::from_node<DiagReport>(answer, describe::Unknown::ignore);
  if (!report) return within("result", report.error());
  RS_CHECK(print(context, describe::to_node(*report)));
  RS_CHECK(check_any_read(params, *report));
  return 0;
}

} // namespace rs::cli::commands
