#include "cli/commands/commands.hpp"
#include "cli/commands/print.hpp"
#include "cli/commands/shot_report.hpp"
#include "cli/commands/shot_stream.hpp"
#include "cli/terminal_kind.hpp"

#include <algorithm>
#include <iterator>

namespace rs::cli::commands {
namespace {

constexpr OptionRow kScreenshotOptions[] = {
    {"--out-file", "FILE|-", "where to; default: NAME-TIME.png here, its path on stdout; -: stdout", "-O", false, {}},
    {"--display", "D", "the X display, :N; default: the session in front", "", false, {}},
    {"--monitor", "NAME", "one monitor only", "", false, {}},
    {"--region", "WxH+X+Y", "a part of it only", "", false, {}},
    {"--no-cursor", "", "leave the mouse pointer out", "", false, {}},
};

bool is_document(describe::Format format) { return format != describe::Format::table && format != describe::Format::name; }

Result<desktop::ShotParams> shot_params(const Arguments& arguments) {
  desktop::ShotParams params;
  params.display = arguments.value("--display");
  params.monitor = arguments.value("--monitor");
  params.cursor = !arguments.has("--no-cursor");
  if (const auto text = arguments.value("--region")) {
    auto region = desktop::parse_region(*text);
    if (!region) return within("--region: '" + *text + "'", region.error());
    params.region = *region;
  }
  return params;
}

bool names_stdout(std::string_view path) {
  constexpr std::string_view kNames[] = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
  return std::ranges::find(kNames, path) != std::end(kNames);
}

Result<void> check_stdout(const Context& context) {
  if (is_document(context.output.format())) return fail(Errc::usage, "-O - leaves no place on stdout for --output; name a file");
  if (is_terminal(Stream::out)) return fail(Errc::usage, "stdout is a terminal; name a file with -O, or redirect it");
  return {};
}

Result<int> shoot_to_stdout(Context& context, session::CallSpec spec) {
  ShotStream stream(context, std::move(spec), nullptr);
  RS_TRY(const auto result, stream.run());
  context.output.note(to_line(result));
  return 0;
}

// `given`: where to; else the file gets a name of ours.
Result<ShotFile> file_for(Context& context, const std::optional<std::string>& given, const std::string& name) {
  if (given) return ShotFile::at(*given, context.random);
  return ShotFile::named(name, context.random);
}

Result<int> shoot_to_file(Context& context, session::CallSpec spec, const std::optional<std::string>& given,
                          const std::string& name) {
  RS_TRY(auto file, file_for(context, given, name));
  ShotStream stream(context, std::move(spec), &file);
  RS_TRY(const auto result, stream.run());
  RS_TRY(const auto committed, file.commit());
  const auto path = given.value_or(committed);
  if (is_document(context.output.format())) return print_item(context, "rsctl.screenshot.v1", report_of(path, result));
  if (!given || context.output.format() == describe::Format::name) context.output.payload(path + "\n");
  context.output.note(to_line(result));
  return 0;
}

} // namespace

std::span<const OptionRow> screenshot_options() { return kScreenshotOptions; }

Result<int> screenshot(Context& context) {
  const auto& as = context.arguments.positionals[0];
  context.about.target = as;
  RS_TRY(const auto params, shot_params(context.arguments));
  RS_CHECK(context.output.check_fields(field_names<ShotReport>()));
  const auto given = context.arguments.value("--out-file");
  const bool is_stdout = given && names_stdout(*given);
  if (is_stdout) RS_CHECK(check_stdout(context));
  const auto name = shot_name(as, context.clock.wall());
  if (context.is_dry_run()) {
    context.output.note("would take a picture of the screen of " + as + " into " + (is_stdout ? "stdout" : given.value_or(name)));
    return 0;
  }
  session::CallSpec spec{std::string(desktop::kShotCall), as, describe::to_node(params), TrafficClass::interactive};
  if (is_stdout) return shoot_to_stdout(context, std::move(spec));
  return shoot_to_file(context, std::move(spec), given, name);
}

} // namespace rs::cli::commands
