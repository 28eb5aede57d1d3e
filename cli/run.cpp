#include "cli/run.hpp"

#include "cli/commands/commands.hpp"
#include "cli/context.hpp"
#include "cli/help.hpp"
#include "daemon/log_sink.hpp"

#include <algorithm>

namespace rs::cli {
namespace {

// One command line on its way through the world.
class Command {
 public:
  Command(World& world, Found found) : world_(world), found_(std::move(found)) {}

  int run() {
    output_format_ = early_format();
    auto parsed = world_.parse(found_);
    if (!parsed) return report(parsed.error());
    arguments_ = std::move(*parsed);
    auto code = dispatch();
    if (!code) return report(code.error());
    if (write_failed_) return report(*write_failed_);
    return *code;
  }

 private:
  // For errors that come before the settings are known.
  describe::Format early_format() {
    const auto text = found_.output ? found_.output : world_.environment("RSCTL_OUTPUT");
    const auto format = describe::format_from_name(text.value_or("table"));
    return format ? *format : describe::Format::table;
  }

  Result<int> dispatch() {
    RS_CHECK(start_log());
    RS_TRY(timeout_, arguments_.duration("--timeout"));
    if (arguments_.has("--version")) return without_profile(commands::version);
    if (found_.verb == nullptr) return no_verb();
    if (arguments_.has("--help")) return print(help_on(*found_.verb));
    if (!found_.verb->uses_profile) return without_profile(found_.verb->run);
    return with_profile();
  }

  Result<int> no_verb() {
    const auto under = verbs_under(found_.words);
    const bool asked = arguments_.has("--help");
    if (found_.words.empty() && asked) return print(help_overview());
    about_.hint = "see 'rsctl --help'";
    if (found_.words.empty()) return fail(Errc::usage, "no command");
    std::string words;
    for (const auto& word : found_.words) words += (words.empty() ? "" : " ") + word;
    if (under.empty()) return fail(Errc::usage, "no command '" + words + "'");
    if (asked) return print(help_on_group(under));
    about_.hint = "see 'rsctl " + words + " --help'";
    return fail(Errc::usage, "'" + words + "' needs a further word");
  }

  Result<void> start_log() {
    const auto level_name = arguments_.value("--log-level").value_or(arguments_.has("--verbose") ? "info" : "warning");
    RS_TRY(const auto level, daemon::parse_log_level(level_name));
    RS_TRY(const auto format, daemon::parse_log_format(arguments_.value("--log-format").value_or("text")));
    set_log_sink(level, daemon::make_log_sink(world_.clock, format));
    return {};
  }

  Result<int> without_profile(Result<int> (*verb)(Context&)) {
    settings_.output = output_setting(arguments_, world_.environment);
    return call(verb, Profile("", ""), State{});
  }

  Result<int> with_profile() {
    RS_TRY(settings_, locate_settings(arguments_, world_.environment));
    RS_TRY(const auto config, load_config(*settings_.config.value));
    RS_CHECK(choose_profile(settings_, config));
    Profile profile(*settings_.config_dir.value + "/profiles/" + *settings_.profile.value, *settings_.profile.value);
    RS_TRY(auto state, profile.load_state());
    apply_profile(settings_, config, state, profile.directory() + "/state.json");
    return call(found_.verb->run, std::move(profile), std::move(state));
  }

  Result<int> call(Result<int> (*verb)(Context&), Profile profile, State state) {
    RS_TRY(output_format_, describe::format_from_name(settings_.output.value.value_or("table")));
    Output output = make_output();
    Context context{arguments_,   settings_,          std::move(profile), std::move(state), output, world_.terminal,
                    world_.clock, world_.environment, world_.random,      timeout_,         {}};
    auto code = verb(context);
    about_ = std::move(context.about);
    return code;
  }

  Output make_output() {
    const auto fields = split_list(arguments_.value("--fields").value_or(""));
    return Output({{output_format_, fields}, arguments_.has("--quiet")}, [this](std::string_view text) {
      write(Stream::out, text);
    }, [this](std::string_view text) { (void)world_.terminal.write(Stream::err, text); });
  }

  void write(Stream stream, std::string_view text) {
    const auto written = world_.terminal.write(stream, text);
    if (!written && !write_failed_) write_failed_ = written.error();
  }

  Result<int> print(const std::string& text) {
    write(Stream::out, text);
    return 0;
  }

  int report(const Error& error) {
    if (found_.verb != nullptr && found_.verb->own_exit_code && error.code != Errc::interrupted) about_.exit_code = kExitOwn;
    return make_output().error(error, about_);
  }

  World& world_;
  Found found_;
  Arguments arguments_;
  Settings settings_;
  describe::Format output_format_ = describe::Format::table;
  std::optional<Millis> timeout_;
  describe::ErrorContext about_;
  std::optional<Error> write_failed_;
};

} // namespace

int run(World world, std::span<const std::string> arguments) { return Command(world, find_verb(arguments)).run(); }

} // namespace rs::cli
