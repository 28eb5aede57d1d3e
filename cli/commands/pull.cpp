#include "cli/commands/commands.hpp"
#include "cli/commands/transfer_report.hpp"
#include "cli/remote_path.hpp"
#include "cli/terminal_kind.hpp"
#include "daemon/destination_sink.hpp"
#include "describe/codec.hpp"
#include "files/content_receiver.hpp"

#include <filesystem>

namespace rs::cli::commands {
namespace {

struct PullRequest {
  std::string agent;
  files::PullParams params;
  std::string destination;
  bool to_stdout = false;
};

// A device, a pipe, a socket, or a link to one: /dev/stdout. A rename would put the file in its place.
bool leads_to_no_file(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_other(path, ignored);
}

Result<PullRequest> pull_request(const Context& context) {
  const auto& arguments = context.arguments;
  const auto& words = arguments.positionals;
  if (words.size() < 2) return fail(Errc::usage, "'rsctl pull' needs A:SRC… and DST");
  PullRequest request;
  for (auto word = words.begin(); word != words.end() - 1; ++word) {
    RS_TRY(auto remote, require_remote(*word));
    if (!request.agent.empty() && remote.agent != request.agent)
      return fail(Errc::usage, "sources of two agents: " + request.agent + " and " + remote.agent);
    request.agent = remote.agent;
    request.params.sources.push_back(std::move(remote.path));
  }
  request.destination = words.back();
  request.to_stdout = request.destination == "-";
  if (parse_remote(request.destination)) return fail(Errc::usage, "'" + words.back() + "': the destination is on this computer");
  if (request.to_stdout && words.size() > 2) return fail(Errc::usage, "stdout takes one file");
  if (leads_to_no_file(request.destination))
    return fail(Errc::unsupported, request.destination + ": is no file; write '-', which is stdout, and send that there");
  request.params.recursive = arguments.has("--recursive");
  request.params.preserve = arguments.has("--preserve");
  request.params.verify = arguments.has("--verify");
  request.params.content = request.to_stdout;
  RS_TRY(request.params.compress, compress_option(arguments));
  return request;
}

std::string pull_key(const PullRequest& request) {
  std::error_code ignored;
  std::vector<std::string> parts{"pull", request.agent, std::filesystem::absolute(request.destination, ignored).native(),
                                 *request.params.preserve ? "preserve" : "", *request.params.verify ? "verify" : ""};
  for (const auto& source : request.params.sources) parts.push_back(source.bytes);
  return resume_key(parts);
}

daemon::DestinationSink::Settings sink_settings(Context& context, const PullRequest& request, files::Placement placement) {
  daemon::DestinationSink::Settings settings{.jail = [] { return Result<files::Jail>(files::Jail::local()); },
                                             .destination = request.destination,
                                             .rules = {},
                                             .options = {},
                                             .journals = daemon::TransferJournals(context.profile.directory() + "/transfers"),
                                             .sweeps = true};
  settings.rules.into = request.params.sources.size() > 1 || request.destination.ends_with('/');
  settings.rules.placement = placement;
  auto& options = settings.options;
  options.asked.emplace();
  for (const auto& source : request.params.sources) options.asked->push_back(files::name_of_source(source.bytes));
  options.directories = *request.params.recursive;
  options.resumable = !context.arguments.has("--no-resume");
  options.preserve = *request.params.preserve;
  options.fsync = context.arguments.has("--fsync");
  options.prefix = std::string(files::kPartialPrefix) + hex(context.random.array<8>()) + "-";
  options.key = options.resumable ? pull_key(request) : options.prefix;
  options.now = context.clock.wall();
  return settings;
}

Result<int> pull_to_files(Context& context, const PullRequest& request, TransferPlan plan) {
  std::shared_ptr<daemon::DestinationSink> sink;
  plan.resumable = !context.arguments.has("--no-resume");
  plan.shows_progress = context.output.format() == describe::Format::ndjson;
  plan.make_sink = [&](files::Progress& progress, files::Placement placement) {
    return sink = std::make_shared<daemon::DestinationSink>(sink_settings(context, request, placement), progress);
  };
  const auto begun = context.clock.boot();
  TransferOutcome outcome;
  const auto done = run_transfer(context, plan, outcome);
  auto report = transfer_report(sink ? sink->counts() : files::TransferCounts(), outcome.agent, outcome);
  report.duration_ms = static_cast<std::uint64_t>((context.clock.boot() - begun).count());
  if (!done) return report_end(context, "rsctl.pull.v1", std::move(report), done.error());
  return report_transfer(context, "rsctl.pull.v1", std::move(report));
}

Result<int> pull_to_stdout(Context& context, TransferPlan plan) {
  plan.pipe = std::make_shared<files::PipeCancel>();
  std::shared_ptr<files::ContentReceiver> sink;
  plan.make_sink = [&sink, pipe = plan.pipe](files::Progress& progress, files::Placement) {
    return sink = std::make_shared<files::ContentReceiver>(std::make_unique<files::PipeFile>(1, "stdout", pipe), progress);
  };
  TransferOutcome outcome;
  RS_CHECK(run_transfer(context, plan, outcome));
  TransferReport report;
  report.failed = outcome.agent.failed;
  report.failures = outcome.agent.failures;
  if (report.failed > 0) return first_failure(report);
  return sink->whole() ? Result<int>(0) : fail(Errc::integrity, "the agent says that all is sent, but the file has no end");
}

TransferPlan plan_of(const PullRequest& request, std::string verb) {
  TransferPlan plan;
  plan.spec = [request](files::Placement) {
    return session::CallSpec{std::string(files::kPullCall), request.agent, describe::to_node(request.params), TrafficClass::bulk};
  };
  plan.shown = std::move(verb);
  return plan;
}

} // namespace

Result<int> pull(Context& context) {
  RS_TRY(const auto request, pull_request(context));
  RS_CHECK(check_report_fields(context));
  context.about.target = request.agent;
  if (context.is_dry_run()) {
    for (const auto& source : request.params.sources)
      context.output.note("would pull " + request.agent + ":" + source.bytes + " to " + request.destination);
    return 0;
  }
  if (request.to_stdout) return pull_to_stdout(context, plan_of(request, "pull"));
  return pull_to_files(context, request, plan_of(request, "pull"));
}

Result<int> cat(Context& context) {
  std::vector<RemotePath> files;
  for (const auto& word : context.arguments.positionals) {
    RS_TRY(auto remote, require_remote(word));
    files.push_back(std::move(remote));
  }
  for (auto& file : files) {
    context.about.target = file.agent;
    PullRequest request;
    request.agent = std::move(file.agent);
    request.params.sources.push_back(std::move(file.path));
    request.params.content = true;
    RS_CHECK(pull_to_stdout(context, plan_of(request, "cat")));
  }
  return 0;
}

} // namespace rs::cli::commands
