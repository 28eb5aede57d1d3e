#include "cli/commands/commands.hpp"
#include "cli/commands/print.hpp"
#include "cli/commands/transfer_report.hpp"
#include "cli/remote_path.hpp"
#include "cli/simple_call.hpp"
#include "describe/codec.hpp"

#include <algorithm>

namespace rs::cli::commands {
namespace {

constexpr OptionRow kRemoveOptions[] = {
    {"--recursive", "", "directories, with all that is in them", "-r", false, {}},
    {"--force", "", "what is not there is no failure", "-f", false, {}},
};

// The lines of a listing, as they come.
class ListStream final : public session::CallObserver {
 public:
  ListStream(Context& context, session::CallSpec spec) : call_(context, std::move(spec), *this) {}

  Result<std::vector<files::FileEntry>> run() {
    auto ran = call_.run();
    if (ran && failed_) ran = *failed_;
    if (!ran) {
      call_.cancel();
      return ran.error();
    }
    std::ranges::sort(entries_, {}, [](const files::FileEntry& entry) { return entry.name.bytes; });
    return std::move(entries_);
  }

 private:
  void on_progress(describe::Node) override {}
  void on_data(std::uint8_t kind, session::InData data) override {
    if (kind == files::kListStream) take(as_text(data.view()));
    call_.port()->consumed(data.size());
    if (failed_) call_.finish();
  }
  void on_end(std::uint8_t) override {}
  void on_writable() override {}
  void on_result(describe::Node document) override {
    const auto result = describe::from_node<files::ListResult>(document, describe::Unknown::ignore);
    if (!failed_ && (!result || result->entries != entries_.size())) failed_ = fail(Errc::integrity, "the listing came in part");
    call_.finish();
  }
  void on_error(const Error& error, const describe::Node&) override {
    failed_ = error;
    call_.finish();
  }

  void take(std::string_view text) {
    line_ += text;
    for (std::size_t end; !failed_ && (end = line_.find('\n')) != std::string::npos; line_.erase(0, end + 1)) {
      auto entry = describe::from_json<files::FileEntry>(std::string_view(line_).substr(0, end), describe::Unknown::ignore);
      if (!entry) failed_ = within("listing", entry.error());
      else entries_.push_back(std::move(*entry));
    }
  }

  AgentCall call_;
  std::string line_;
  std::vector<files::FileEntry> entries_;
  std::optional<Error> failed_;
};

session::CallSpec path_call(std::string_view call, const RemotePath& remote) {
  return {std::string(call), remote.agent, describe::to_node(files::PathParams{remote.path}), TrafficClass::interactive};
}

} // namespace

Result<int> list_files(Context& context) {
  RS_TRY(const auto remote, require_remote(context.arguments.positionals[0]));
  context.about.target = remote.agent;
  RS_TRY(const auto entries, ListStream(context, path_call(files::kListCall, remote)).run());
  return print_list(context, "rsctl.files.v1", entries);
}

Result<int> stat_file(Context& context) {
  RS_TRY(const auto remote, require_remote(context.arguments.positionals[0]));
  context.about.target = remote.agent;
  RS_TRY(const auto node, call_agent(context, path_call(files::kStatCall, remote)));
  RS_TRY(const auto entry, describe::from_node<files::FileEntry>(node, describe::Unknown::ignore));
  return print_item(context, "rsctl.file.v1", entry);
}

std::span<const OptionRow> remove_files_options() { return kRemoveOptions; }

Result<int> remove_files(Context& context) {
  std::string agent;
  files::RemoveParams params;
  for (const auto& word : context.arguments.positionals) {
    RS_TRY(auto remote, require_remote(word));
    if (!agent.empty() && remote.agent != agent)
      return fail(Errc::usage, "paths of two agents: " + agent + " and " + remote.agent);
    agent = remote.agent;
    params.paths.push_back(std::move(remote.path));
  }
  RS_CHECK(context.output.check_fields(field_names<files::RemoveResult>()));
  context.about.target = agent;
  params.recursive = context.arguments.has("--recursive");
  params.force = context.arguments.has("--force");
  if (context.is_dry_run()) {
    for (const auto& path : params.paths) context.output.note("would remove " + agent + ":" + path.bytes);
    return 0;
  }
  session::CallSpec spec{std::string(files::kRemoveCall), agent, describe::to_node(params), TrafficClass::interactive};
  RS_TRY(const auto node, call_agent(context, std::move(spec)));
  RS_TRY(const auto result, describe::from_node<files::RemoveResult>(node, describe::Unknown::ignore));
  if (context.output.format() == describe::Format::table) {
    context.output.note(std::to_string(result.removed) + " removed");
  } else {
    RS_TRY(const auto printed, print_item(context, "rsctl.rm.v1", result));
    (void)printed;
  }
  if (result.failed == 0) return 0;
  note_failures(context, result.failures);
  TransferReport report;
  report.failed = result.failed;
  report.failures = result.failures;
  return first_failure(report);
}

} // namespace rs::cli::commands
