#include "cli/commands/commands.hpp"
#include "cli/commands/transfer_report.hpp"
#include "cli/remote_path.hpp"
#include "describe/codec.hpp"
#include "files/posix_owners.hpp"
#include "files/sources.hpp"

#include <filesystem>

namespace rs::cli::commands {
namespace {

// Sources as they are found, with what a Sender refers to.
struct LocalSources {
  std::vector<std::string> paths; // "-": stdin
  std::string as;                 // of stdin
  std::shared_ptr<files::PipeCancel> pipe;
  files::Sender::Options options;
  files::PosixOwners owners;

  Result<std::unique_ptr<files::Sender>> open(files::Progress& progress) {
    std::vector<files::Source> sources;
    if (paths.front() == "-") {
      sources.push_back(stdin_source());
    } else {
      RS_TRY(sources, files::find_sources(std::make_shared<files::Jail>(files::Jail::local()), paths, false));
    }
    return std::make_unique<files::Sender>(std::move(sources), options, owners, progress);
  }
  files::Source stdin_source() {
    files::Source source;
    source.stream = std::make_unique<files::PipeFile>(0, "stdin", pipe);
    source.as = as;
    source.shown = "stdin";
    return source;
  }
};

struct PushRequest {
  std::shared_ptr<LocalSources> sources = std::make_shared<LocalSources>();
  RemotePath destination;
  files::PushParams params;
  bool from_stdin = false;
};

std::string last_component(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Result<PushRequest> push_request(const Context& context) {
  const auto& arguments = context.arguments;
  const auto& words = arguments.positionals;
  if (words.size() < 2) return fail(Errc::usage, "'rsctl push' needs SRC… and A:DST");
  PushRequest request;
  RS_TRY(request.destination, require_remote(words.back()));
  request.sources->paths.assign(words.begin(), words.end() - 1);
  request.from_stdin = std::ranges::find(request.sources->paths, "-") != request.sources->paths.end();
  if (request.from_stdin && words.size() > 2) return fail(Errc::usage, "'-' is stdin, and goes alone");
  const bool names_directory = request.destination.path.ends_with('/');
  if (request.from_stdin && names_directory)
    return fail(Errc::usage, "what comes from stdin needs a file's name, not '" + words.back() + "'");
  request.sources->as = last_component(request.destination.path);
  request.params.destination = request.destination.path;
  request.params.into = words.size() > 2 || names_directory;
  request.params.file = request.from_stdin;
  request.params.preserve = arguments.has("--preserve");
  request.params.fsync = arguments.has("--fsync");
  auto& options = request.sources->options;
  options.recursive = arguments.has("--recursive");
  options.preserve = arguments.has("--preserve");
  options.verify = arguments.has("--verify");
  RS_TRY(options.compress, compress_option(arguments));
  return request;
}

std::string push_key(const PushRequest& request) {
  const auto& options = request.sources->options; // an attempt with other options is another transfer
  std::vector<std::string> parts{"push", request.destination.path, options.preserve ? "preserve" : "",
                                 options.verify ? "verify" : ""};
  std::error_code ignored;
  for (const auto& path : request.sources->paths) {
    parts.push_back(std::filesystem::absolute(path, ignored).native());
  }
  return resume_key(parts);
}

} // namespace

Result<int> push(Context& context) {
  RS_TRY(auto request, push_request(context));
  RS_CHECK(check_report_fields(context));
  context.about.target = request.destination.agent;
  if (context.is_dry_run()) {
    for (const auto& path : request.sources->paths)
      context.output.note("would push " + path + " to " + request.destination.agent + ":" + request.destination.path);
    return 0;
  }
  TransferPlan plan;
  plan.resumable = !request.from_stdin && !context.arguments.has("--no-resume");
  if (plan.resumable) request.params.resume = push_key(request);
  plan.spec = [&request](files::Placement placement) {
    if (placement != files::Placement::unknown) request.params.renames = placement == files::Placement::renamed;
    return session::CallSpec{std::string(files::kPushCall), request.destination.agent, describe::to_node(request.params),
                             TrafficClass::bulk};
  };
  plan.open_sender = [sources = request.sources](files::Progress& progress) { return sources->open(progress); };
  plan.shown = "push";
  plan.shows_progress = context.output.format() == describe::Format::ndjson;
  if (request.from_stdin) plan.pipe = request.sources->pipe = std::make_shared<files::PipeCancel>();
  const auto begun = context.clock.boot();
  TransferOutcome outcome;
  const auto done = run_transfer(context, plan, outcome);
  auto report = transfer_report(outcome.agent, outcome.local.value_or(files::TransferCounts()), outcome);
  report.duration_ms = static_cast<std::uint64_t>((context.clock.boot() - begun).count());
  if (!done) return report_end(context, "rsctl.push.v1", std::move(report), done.error());
  return report_transfer(context, "rsctl.push.v1", std::move(report));
}

} // namespace rs::cli::commands
